"""`frontdesk test`: what runs, what is written, what is shown."""
