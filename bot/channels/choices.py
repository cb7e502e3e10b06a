"""Numbered choices, where an app has no buttons: which one does "2" mean?"""

from __future__ import annotations

import re
import unicodedata
from collections import OrderedDict
from typing import Optional, Sequence

REMEMBERED = 5_000  # conversations
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen")
_KEYCAP = str.maketrans("", "", "\ufe0f\u20e3")  # 2 as an emoji is the digit with these two behind it
_NUMBER = re.compile(rf"(?:(?:i )?(?:reply|choose|pick|want|press)(?: with)?[ :]*)?(?:(?:option|number|choice|answer|question|no|nr)\b[ .:]*)?[#(\[]?(\d{{1,2}}|{'|'.join(_WORDS)})[)\]]?(?: ?please)?[ .!):,]*")


class Choices:
    """The choices last numbered in each conversation. Kept in memory: after a restart a number is plain text."""

    def __init__(self) -> None:
        self._offered: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def offer(self, conversation: str, buttons: Sequence[str]) -> None:
        """What 1, 2, 3 ... mean from now on; nothing when there are no buttons."""
        self._offered[conversation] = tuple(buttons)
        self._offered.move_to_end(conversation)
        while len(self._offered) > REMEMBERED:
            self._offered.popitem(last=False)

    def chosen(self, conversation: str, text: str) -> Optional[str]:
        """The button that a message means, when it is nothing but the number of one."""
        number, offered = numbered(text), self._offered.get(conversation, ())
        return offered[number - 1] if number and number <= len(offered) else None


def numbered(text: str) -> Optional[int]:
    """The number that a whole message is: "2", "2.", "(2)", "reply 2", "option two", "2 please"."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text[:40].translate(_KEYCAP)).casefold().strip())
    if not found:
        return None
    return int(found[1]) if found[1].isdigit() else _WORDS.index(found[1]) + 1
