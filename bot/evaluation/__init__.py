"""Measuring on sentences Ivy was never trained on."""
