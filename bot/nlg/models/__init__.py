"""Language models: behind a URL, or on this machine. None is imported unless config names it."""
