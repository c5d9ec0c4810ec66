"""Commands that make trained models smaller."""
