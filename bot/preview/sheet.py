"""Items on paper, for a committee: one sheet each, with the words as patients see them, sources, who signed, a line to sign on."""

from __future__ import annotations

from starlette.responses import Response

from bot.library.review import ReviewItem
from bot.preview.pages import Pages
from bot.preview.showing import blocks_of, cited_sources
from bot.preview.signing import review_item
from bot.preview.visit import Refusal, Visit

pages = Pages()


@pages.get("/sheet/{item:path}")
def sheet(visit: Visit) -> Response:
    item = review_item(visit, visit.request.path_params["item"])
    return visit.page("sheet.html", sheets=[_sheet(visit, item)], title=f"Sheet of {item.id}", back=f"/items/{item.id}")


@pages.get("/sheets/{folder:path}")
def sheets(visit: Visit) -> Response:
    """Every item of a folder, each on a sheet of its own."""
    folder = visit.request.path_params["folder"].strip("/")
    found = [_sheet(visit, item) for item in visit.review.items.values() if item.id.rpartition("/")[0] == folder]
    if not found:
        raise Refusal(404, f"There is no group '{folder[:80]}'.", "Look for it in the overview.")
    return visit.page("sheet.html", sheets=found, title=f"Sheets of {folder or 'facts and lists'}", back="/")


def _sheet(visit: Visit, item: ReviewItem) -> dict:
    parsed = visit.shelf.library.items.get(item.id)
    return {"item": item, "title": str(parsed.front.get("question") or parsed.front.get("purpose")) if parsed else item.id, "state": visit.review.state(item.id, visit.day),
            "blocks": blocks_of(visit.shelf.library, item), "sources": cited_sources(visit.shelf.library, item), "repairs": visit.shelf.problems_of(item.path)}
