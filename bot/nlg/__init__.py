"""Answering: the words of the bot."""
