"""The REST channel, compatible with Rasa's."""
