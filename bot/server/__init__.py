"""The HTTP server and the running product behind it."""
