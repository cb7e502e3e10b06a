"""The content as it was last approved, for clinic mode, whatever the files say now.

Clinic facts, lists and warning signs are read once, at the start. An edit that nobody signed must neither reach a
patient nor keep a server that restarts at night from hearing warning signs. The words of answers, talk and
safety messages are chosen by the Desk, reply by reply (bot/library/serving.py); here they are only kept readable."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Sequence

from bot.library.approvals import Approval
from bot.library.review import FILE, REVIEW_ITEM, read_review_rules, review_items, rule_for
from bot.library.standing import Standing, standing


def lay_out(root: Path, rows: Sequence[Approval], to: Path) -> Path:
    """Copy a content folder, with each file as it was last approved. A sign, list or safety message that was
    deleted while its approval stands comes back; what was never approved is copied as it is, and blocks the start.

    Returns `to`, which is written anew. Raises ContentError for a folder that cannot be read, OSError when it cannot be written."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(root, to)
    items = review_items(root)
    rules_stand = standing(rows, REVIEW_ITEM, rule_for((), REVIEW_ITEM))
    if rules_stand:  # first: an unsigned edit must not decide who has to sign the others
        (to / FILE).write_text(rules_stand.text, encoding="utf-8")
    rules = read_review_rules(to)
    for item_id in sorted({row.item for row in rows}):
        item, stands = items.get(item_id), standing(rows, item_id, rule_for(rules, item_id))
        if stands and item and item.version != stands.version:
            (to / item.path.relative_to(root)).write_text(stands.text, encoding="utf-8")
        elif stands and not item and not item_id.startswith(("answers/", "voice/")):
            _bring_back(to, stands)
    return to


def _bring_back(to: Path, stands: Standing) -> None:
    """Only a message has front matter: by this a deleted file's ending is known."""
    path = to / f"{stands.item}{'.md' if stands.text.startswith('---') else '.yml'}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(stands.text, encoding="utf-8")
