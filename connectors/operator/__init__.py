"""The operator console: who answers when the bot does not."""
