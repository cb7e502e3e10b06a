"""The clinician's page: see each word as patients will, try sentences, sign or send back, and show what was said."""
