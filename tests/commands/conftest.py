"""A command of ivy, run in this process."""

from __future__ import annotations

import pytest

from bot.__main__ import main


@pytest.fixture
def ivy(capsys):
    """Run a command: its exit code and what it printed."""
    def _ivy(*words: str) -> tuple[int, str]:
        code = main(list(words))
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return _ivy
