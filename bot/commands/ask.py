"""Talk to Ivy in the terminal, with the reasons behind each reply.

With --json: reads one JSON object a line on standard input, {"text": ..., "conversation": ...} (the second
optional), and writes one line for each, in order."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="*", help="ask this once and leave; without it, a conversation starts")
    parser.add_argument("--json", action="store_true", help="read and write JSON lines")


def run(arguments: argparse.Namespace) -> int:
    from bot.rasa.server import configure_logging, prepare_environment

    prepare_environment()
    configure_logging(errors_only=True)
    from bot.rasa.harness import Ivy

    ivy = Ivy.load()
    if arguments.json:
        return asyncio.run(_json_lines(ivy))
    return asyncio.run(_talk(ivy, " ".join(arguments.text)))


async def _json_lines(ivy) -> int:
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            text, conversation = asked["text"], asked.get("conversation")
            if not isinstance(text, str) or not isinstance(conversation, (str, type(None))):
                raise TypeError("text and conversation are strings")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            print(f'line {number}: not {{"text": "..."}} ({error})', file=sys.stderr)
            answer = {"text": None, "error": f'line {number} is not {{"text": "..."}}'}
        else:
            answer = await ivy.explain(text, conversation)
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return 0


async def _talk(ivy, once: str) -> int:
    while True:
        text = once or _next_line()
        if text is None:
            return 0
        answer = await ivy.explain(text, "terminal")
        for reply in answer["replies"]:
            print(f"\n{reply['text']}")
            if reply["buttons"]:
                print("  " + "  ".join(f"[{title}]" for title in reply["buttons"]))
            print(f"  -- {reply['content']}")
        print(f"  -- topic {answer['topic']} {answer['confidence']:.2f}; options {answer['options']}; tier {answer['tier']}"
              + (f", asks (suspects {answer['suspected']})" if answer["check"] else ""))
        if answer["follow_up"] or answer["answers"]:
            print(f"  -- follow-up: {answer['follow_up'] or 'none'}; answers {answer['answers']}")
        for sign in answer["signs"]:
            print(f"  -- {sign['sign']}: '{sign['words']}' -> {sign['outcome']} ({sign['why']}{'; ' + sign['raised'] if sign['raised'] else ''}{'; ' + sign['corrected'] if sign['corrected'] else ''})")
        if once:
            return 0


def _next_line():
    try:
        return input("\nyou> ").strip() or "?"
    except EOFError:
        return None
