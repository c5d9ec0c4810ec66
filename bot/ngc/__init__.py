"""Understanding: from a customer's text to intent and entities. Knows nothing of dialogue."""
