"""Does this message describe a warning sign, now, about a real person? Read triage.py first."""
