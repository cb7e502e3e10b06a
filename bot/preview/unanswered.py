"""What patients asked and Ivy had no answer for: gathered by what they mean, only where at least five conversations asked."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from starlette.responses import Response

from bot.preview.pages import Pages
from bot.preview.visit import Visit
from bot.project import keep_days, keeps_unanswered
from bot.records.unanswered import FEWEST, asked_often, counts
from bot.understanding.encoders import shared_encoders

pages = Pages()


@pages.get("/unanswered")
def unanswered(visit: Visit) -> Response:
    engine = visit.site.engine
    return visit.page("unanswered.html", on=keeps_unanswered(), asked=asked_often(engine, lambda texts: _vectors(tuple(texts))), counts=counts(engine), fewest=FEWEST, days=keep_days())


@lru_cache(maxsize=1)
def _vectors(texts: tuple[str, ...]) -> np.ndarray:
    """A thousand questions take seconds; those that were there at the last look are not encoded again."""
    return shared_encoders().encode_all(texts)
