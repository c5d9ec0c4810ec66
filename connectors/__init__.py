"""Channels: how customers and operators reach the desk. One folder each."""
