"""Frontdesk's dialogue engine: understands, decides, answers, and hands over to people."""

__version__ = "0.1.0"
