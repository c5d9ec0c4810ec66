"""The command `frontdesk`; one file per command."""
