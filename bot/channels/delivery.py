"""What a platform's webhook brought: one event of one person, in words of our own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Optional


@dataclass(frozen=True)
class Delivery:
    """One event. `id`, `user` and `address` are the platform's and are kept no longer than it takes to reply.

    `line`: the voice line that is the reply in place of an answer (not_text, edited, private_only).
    `attached`: something that is not text came with the text. `sent`: when, as the platform says (epoch)."""

    id: str
    user: str
    address: Any
    medium: str
    text: str = ""
    button: str = ""
    line: str = ""
    attached: bool = False
    sent: Optional[float] = None


def read_json(body: bytes) -> Any:
    """A body's JSON, or None for anything else, however deep or broken it is."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def dig(tree: Any, *path: str) -> Any:
    """What lies at a path of keys; None where there is none."""
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def number_at(tree: Any, *path: str) -> Optional[int]:
    """The whole number at a path; None where there is none."""
    found = dig(tree, *path)
    return found if type(found) is int else None


def text_at(tree: Any, *path: str) -> str:
    """The text or whole number at a path, as text; empty where there is none."""
    found = dig(tree, *path)
    return found if isinstance(found, str) else str(found) if type(found) is int else ""


def list_at(tree: Any, *path: str) -> list:
    """The list at a path; empty where there is none."""
    found = dig(tree, *path)
    return found if isinstance(found, list) else []
