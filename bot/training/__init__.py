"""From a project to a trained package."""
