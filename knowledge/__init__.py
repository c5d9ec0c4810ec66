"""Knowledge: what can answer a question, and how it is found. Imports nothing of `bot`."""
