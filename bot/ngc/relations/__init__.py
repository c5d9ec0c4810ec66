"""How two entities of a text are related: a light trainer for any labels, and the shipped model."""
