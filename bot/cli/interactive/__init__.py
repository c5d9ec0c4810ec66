"""`frontdesk interactive`: teaching the bot while talking to it."""
