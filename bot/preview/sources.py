"""Where a source can be read: the addresses that its identifier stands for."""

from __future__ import annotations

import re
from typing import Mapping

#: What an identifier may hold, and the address it stands for: doi.org and the National Library of Medicine resolve these.
_ADDRESSES = (
    (re.compile(r"\bdoi:? (10\.\S+?)(?=[.,;)]?(?:\s|$))", re.I), "https://doi.org/{}"),
    (re.compile(r"\bPMID:? ?(\d+)"), "https://pubmed.ncbi.nlm.nih.gov/{}/"),
    (re.compile(r"\bPMC(\d+)"), "https://pmc.ncbi.nlm.nih.gov/articles/PMC{}/"),
    (re.compile(r"\b(https://\S+?)(?=[.,;)]?(?:\s|$))"), "{}"),
)


def links(source: Mapping) -> list[str]:
    """Addresses for an entry of content/sources.yml, in the order of its identifier; none where it names no such thing."""
    identifier = str(source.get("identifier") or "")
    found = [(match.start(), address.format(match[1])) for pattern, address in _ADDRESSES for match in pattern.finditer(identifier)]
    return [address for _, address in sorted(found)]
