"""The channel of `frontdesk shell`."""
