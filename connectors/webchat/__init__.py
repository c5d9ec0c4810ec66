"""The web chat: a widget for any page, over a WebSocket that resumes."""
