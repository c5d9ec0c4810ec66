"""Doing what was decided."""
