"""Small models: what was learnt by a transformer in less memory and less time."""
