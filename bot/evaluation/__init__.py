"""Predictions compared with gold. Pure functions; running a bot over stories is the CLI's job."""
