"""The files of a project: Rasa 3.x formats, which are also ours. Reads and checks, never trains."""
