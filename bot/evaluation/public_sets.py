"""The public sets as files: read from their folder, with all lines named that are not as they should be."""

from __future__ import annotations

import csv
import io
import re
from functools import partial
from pathlib import Path
from typing import Callable, Iterable, Iterator, NamedTuple, Sequence

from bot.evaluation.rows import Wrong, gathered, read_all, read_text
from bot.library.problems import ContentError, Problem, shown_path

NEGEX, PSYTAR, MEDQUAD = "negex_mentions.tsv", "psytar_sentences.tsv", "medquad_questions.txt"
Row = list[str]


class GivenMention(NamedTuple):
    phrase: str
    sentence: str
    negated: bool


def read_folder(folder: Path) -> dict[str, Sequence]:
    """What the files that are there hold, by name: mentions, sentences that report a side effect, questions. Raises ContentError
    when there is no such folder, or with all that is wrong in the files."""
    if not folder.is_dir():
        raise ContentError([Problem(shown_path(folder), 1, "is no folder", f"name the one that holds {NEGEX}, {PSYTAR} or {MEDQUAD}")])
    there = {name: read for name, read in ((NEGEX, _mentions), (PSYTAR, _side_effects), (MEDQUAD, _questions)) if (folder / name).exists()}
    return dict(zip(there, read_all([partial(read, folder / name) for name, read in there.items()])))


def _mentions(path: Path) -> list[GivenMention]:
    rows = _table(path, csv.QUOTE_NONE, _wrongs_of_mention)
    return [GivenMention(phrase, sentence, negation == "Negated") for _, _, phrase, sentence, negation, *_ in rows]


def _wrongs_of_mention(row: Row) -> Iterator[Wrong]:
    repair = "write number, concept, phrase, sentence and Negated or Affirmed, with tabs between them"
    if len(row) < 5:
        yield f"has {len(row)} of at least 5 columns", repair
    elif row[4] not in ("Negated", "Affirmed"):
        yield f"has '{row[4]}' in the fifth column", repair
    elif not re.search(r"\w", row[2]):
        yield "has no phrase in the third column", repair


def _side_effects(path: Path) -> list[str]:
    head = next(csv.reader(read_text(path).splitlines()[:1], delimiter="\t"), [])
    if not {"sentences", "ADR"} <= set(head):
        raise ContentError([Problem(shown_path(path), 1, "has no columns sentences and ADR", "name the columns in the first line, with tabs between them")])
    sentence, effect = head.index("sentences"), head.index("ADR")

    def wrongs(row: Row) -> Iterator[Wrong]:
        if len(row) != len(head):
            yield f"has {len(row)} columns, not {len(head)}", "write them as in the first line; put a sentence that goes on in another line into quotes"
        elif row != head and row[effect] not in ("0", "1"):
            yield f"has '{row[effect]}' under ADR", "write 1 where the sentence reports a side effect, else 0"

    return [row[sentence] for row in _table(path, csv.QUOTE_MINIMAL, wrongs) if row[effect] == "1"]


def _questions(path: Path) -> list[str]:
    return read_text(path).splitlines()


def _table(path: Path, quoting: int, wrongs: Callable[[Row], Iterable[Wrong]]) -> list[Row]:
    """Rows of columns with tabs between them. Raises ContentError."""
    reader = csv.reader(io.StringIO(read_text(path)), delimiter="\t", quoting=quoting, strict=True)
    rows, problems, where = [], [], shown_path(path)
    try:
        for row in filter(None, reader):
            rows.append(row)
            problems += [Problem(where, reader.line_num, *wrong) for wrong in wrongs(row)]
    except csv.Error as error:
        problems.append(Problem(where, reader.line_num, f"cannot be read ({error})", "repair the line; a quote that begins a cell must end it, and one inside is written twice"))
    if problems:
        raise ContentError(gathered(problems))
    return rows
