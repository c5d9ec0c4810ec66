"""The commands `frontdesk ngc ...`: understanding task by task, from a file to a service."""
