"""The table of topics: sentences, words, reading grades, sources and the project's own PEMAT reading."""

from __future__ import annotations

from typing import Iterator

import yaml

from bot.checking import training_sentences
from bot.library.checks import plain_situation
from bot.library.library import Library
from bot.library.readability import grades


def topic_table(library: Library) -> Iterator[str]:
    """One line an answer. PEMAT: understandability/actionability in percent, from content/readings."""
    sentences, terms, readings = training_sentences(), library.hard_words(), _readings(library)
    yield f"{'answer':42} sentences  words short/more/simple  grade (FK, SMOG)  sources  PEMAT"
    for item in sorted(library.items.values(), key=lambda item: item.id):
        if item.kind != "answer":
            continue
        texts = {name: library.renderer.render(item, name, plain_situation(library)) for name in item.blocks}
        found = grades("\n\n".join(texts.values()), terms)
        words = "/".join(str(len(texts[name].split())) for name in ("short", "more", "simple"))
        count = len(sentences.get(f"ask_{item.name}") or sentences.get(item.name) or ())
        read = readings.get(item.id, {})
        yield (f"{item.id.removeprefix('answers/'):42} {count:9}  {words:>23}  {found['flesch_kincaid']:>5} {found.get('smog', '-'):>6}"
               f"      {len(item.list('sources')):7}  {read.get('understandability', '-')}/{read.get('actionability', '-')}")


def _readings(library: Library) -> dict:
    read: dict = {}
    for path in sorted((library.root / "readings").glob("*.yml")):
        read.update(yaml.safe_load(path.read_text(encoding="utf-8")))
    return read
