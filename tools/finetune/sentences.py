"""Writes what the encoder is trained on, one JSON object a line: all of data/nlu with its intents, all of data/safety with its labels."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bot.checking import training_sentences
from bot.safety.detector import QUESTION, training_lines
from bot.understanding.classifier import plain_case


def main() -> None:
    topics = [("topic", intent, text) for intent, texts in sorted(training_sentences().items()) for text in texts]
    signs = [("safety", label, text) for text, label in training_lines() if label != QUESTION]  # those are topic sentences
    with Path(sys.argv[1]).open("w", encoding="utf-8") as file:
        for head, label, text in topics + signs:
            file.write(json.dumps({"head": head, "label": label, "text": plain_case(text)}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
