"""Slack, through its Events API."""
