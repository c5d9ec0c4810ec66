"""Which feeling a text shows: a light trainer for any labels, and the model that ships."""
