"""The public sets are read from their folder; lines that are not as they should be are named, all of them."""

from __future__ import annotations

import pytest

from bot.evaluation import public
from bot.evaluation.public_sets import MEDQUAD, NEGEX, PSYTAR, read_folder
from bot.library.problems import ContentError

MENTION = "1\t \tcough\tShe denies any COUGH today.\tNegated\tRecent\tPatient\n"
COLUMNS = "sentences\tADR\tWD\n"


def said(folder) -> list[str]:
    with pytest.raises(ContentError) as raised:
        read_folder(folder)
    return str(raised.value).splitlines()


def test_sets_that_are_there_are_measured_and_the_others_named(tmp_path, triage):
    (tmp_path / NEGEX).write_text(MENTION)
    (tmp_path / MEDQUAD).write_text("What is a stroke ?\n")
    lines = list(public.report(tmp_path, read_folder(tmp_path), triage))
    assert "mentions given 1, not found again 0" in lines and f"\n{PSYTAR}: not in {tmp_path}" in lines and "denials: recall" in "".join(lines)


def test_sentence_in_quotes_may_go_on_in_another_line(tmp_path):
    """So PsyTAR is written."""
    (tmp_path / PSYTAR).write_text(COLUMNS + '"felt ""foggy""\n\nand weak"\t1\t0\nall is well\t0\t0\n')
    assert read_folder(tmp_path) == {PSYTAR: ['felt "foggy"\n\nand weak']}


def test_quote_within_a_mention_is_a_letter_like_others(tmp_path):
    (tmp_path / NEGEX).write_text(MENTION.replace("She", '"She'))
    assert read_folder(tmp_path)[NEGEX][0].sentence.startswith('"She')


@pytest.mark.parametrize("there", [False, True], ids=["missing", "a file"])
def test_what_is_no_folder_is_named(tmp_path, there):
    if there:
        (tmp_path / "sets").write_text("")
    assert [f"{tmp_path / 'sets'}:1: is no folder" in line and PSYTAR in line for line in said(tmp_path / "sets")] == [True]


def test_malformed_lines_of_all_files_are_named(tmp_path):
    (tmp_path / NEGEX).write_text(MENTION + "foo\n\n" + MENTION.replace("Negated", "maybe") + MENTION.replace("cough", " - "))
    (tmp_path / PSYTAR).write_text(COLUMNS + "weak\t1\t0\nweak\t1\nweak\tyes\t0\n")
    (tmp_path / MEDQUAD).write_bytes(b"caf\xe9\n")
    wanted = (f"{MEDQUAD}:1: is not UTF-8", f"{NEGEX}:2: has 1 of at least 5", f"{NEGEX}:4: has 'maybe'", f"{NEGEX}:5: has no phrase", f"{PSYTAR}:3: has 2 columns, not 3", f"{PSYTAR}:4: has 'yes' under ADR")
    assert [part in line for part, line in zip(wanted, said(tmp_path), strict=True)] == [True] * len(wanted)


@pytest.mark.parametrize(("content", "problem"), [("", "1: has no columns sentences and ADR"), ("a\tb\n", "1: has no columns"), (COLUMNS + '"never ends\t1\t0\n', "2: cannot be read")])
def test_table_that_is_none_is_named(tmp_path, content, problem):
    (tmp_path / PSYTAR).write_text(content)
    assert [problem in line for line in said(tmp_path)] == [True]
