"""Rasa's HTTP API: the same paths, parameters, status codes and bodies as Rasa 3.6.21."""
