"""Training data of other systems, read as ours."""
