"""Rasa's Socket.IO channel, which most web widgets speak."""
