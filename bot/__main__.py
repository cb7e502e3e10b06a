"""Temporary: `python -m bot check PATH...` for writers."""

import sys

from bot.library.checks import RENDERED_RULES, RULES
from bot.library.library import read_library
from bot.library.problems import ContentError


def main() -> int:
    wanted = sys.argv[2:]
    try:
        library = read_library()
        problems = sorted({problem for rule in RULES for problem in rule(library)})
        if not [p for p in problems if "template" in p.problem]:
            problems += sorted({problem for rule in RENDERED_RULES for problem in rule(library)})
    except ContentError as error:
        problems = error.problems
    shown = [p for p in problems if not wanted or any(p.path.startswith(w) for w in wanted)]
    print("\n".join(map(str, shown)))
    return bool(shown)


if __name__ == "__main__":
    sys.exit(main())
