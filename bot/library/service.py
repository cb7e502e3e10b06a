"""The process's one speaker, over the content, the records and the mode of this installation; its question sets and page texts."""

from __future__ import annotations

import os
from functools import lru_cache

from bot.library.library import read_library
from bot.library.page_texts import read_page_texts
from bot.library.question_sets import QuestionSet, read_question_sets
from bot.library.serving import Desk
from bot.library.speaking import Speaker
from bot.project import content_folder
from bot.records.database import records


@lru_cache(maxsize=1)
def speaker() -> Speaker:
    """Raises ContentError when content cannot be served, ValueError for an unknown IVY_MODE."""
    return Speaker(Desk(read_library(content_folder(), os.environ.get("IVY_COUNTRY")), records(), os.environ.get("IVY_MODE", "demo"), records))


@lru_cache(maxsize=1)
def question_sets() -> tuple[QuestionSet, ...]:
    """The situations of the question list. Raises ContentError when they cannot be used."""
    return read_question_sets(content_folder())


@lru_cache(maxsize=1)
def page_texts() -> dict:
    """The fixed words of the website chat. Raises ContentError when they cannot be used."""
    return read_page_texts(content_folder())
