"""Which topic is meant: spelling, sentence encoders, the topic classifier, follow-ups, language."""
