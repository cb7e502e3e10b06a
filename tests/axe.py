"""axe-core over a page that Playwright shows: which rules of WCAG 2.0 to 2.2, levels A and AA, are broken."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Optional

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MISSING = "no axe-core on this machine: install axe-playwright-python, or set AXE_CORE to axe.min.js"


def axe_core() -> Optional[Path]:
    """axe-core's script: where AXE_CORE says, or that of the package axe-playwright-python."""
    package = importlib.util.find_spec("axe_playwright_python")
    found = os.environ.get("AXE_CORE") or (Path(package.origin).with_name("axe.min.js") if package else "")
    return Path(found) if found and Path(found).is_file() else None


def violations(page, inside: str = "html") -> list[str]:
    """Broken rules in an element (a CSS selector), each with what breaks it."""
    page.evaluate(axe_core().read_text(encoding="utf-8"))
    found = page.evaluate("([inside, tags]) => axe.run(inside, { runOnly: { type: 'tag', values: tags } })", [inside, TAGS])
    assert len(found["passes"]) > 3, "axe-core looked at nothing"
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]]
