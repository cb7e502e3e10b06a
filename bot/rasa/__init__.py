"""Thin adapters between Rasa 3.6 and the packages that do the work."""
