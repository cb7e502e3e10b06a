"""Rasa custom actions, one a file. Kept flat: rasa-sdk walks sub-packages by their bare names."""
