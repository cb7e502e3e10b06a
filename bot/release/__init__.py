"""Releases: model and content in one signed file, checked before anything of it is loaded. Knows nothing of Rasa."""
