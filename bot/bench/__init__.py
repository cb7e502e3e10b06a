"""Measuring speed, size and learning: Ivy beside Rasa's default, part by part, and on public sets."""
