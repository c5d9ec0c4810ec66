"""The commands `frontdesk knowledge ...`: where answers come from, and which are missing."""
