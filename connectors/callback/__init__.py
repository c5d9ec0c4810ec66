"""Rasa's callback channel: answers are posted to a URL."""
