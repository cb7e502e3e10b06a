"""What nginx says while no Ivy is up, and nginx's configuration for given servers (deploy/nginx/ivy.conf)."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Sequence

from bot.library.items import text_hash
from bot.library.page_texts import filled
from bot.library.render import plain, tap_to_call
from bot.library.service import page_texts, speaker
from bot.project import ROOT, keep_days

TEMPLATE = ROOT / "deploy" / "nginx" / "ivy.conf"
CONTENT = "page/outage"


def outage_conf() -> str:
    """Two places of nginx: `@outage`, JSON as the chat understands it, and `@outage_page`, a page for people. Both with status
    503, so that the chat keeps the message to send it again, and both with the numbers of every hour: nginx does not
    know whether the clinic is open. Raises ContentError when content cannot be read."""
    answer = json.dumps({"replies": [outage_reply()], "error": "outage"}, ensure_ascii=True)
    return "# Made by `ivy outage-page` from content/page.yml and content/clinic.yml.\n" + _place("@outage", "application/json", answer) + _place("@outage_page", "text/html", outage_page())


def outage_reply() -> dict:
    """The reply of an outage, with the keys that every reply has (bot/channels/replies.py)."""
    text, speaks = _text(), speaker()
    draft = speaks.desk.mode == "demo"
    return {"content": CONTENT, "version": text_hash(text), "state": "draft" if draft else "approved", "tier": "none", "kind": "voice", "block": "short", "reviewed_on": None, "reviewed_by": None,
            "label": plain(speaks.library.voice("draft_label").blocks["short"].source) if draft else None, "text": plain(text), "html": tap_to_call(speaks.library.renderer.html(text), speaks.library.clinic),
            "buttons": [], "sources": [], "words": [], "lang": None}


def outage_page() -> str:
    """The same as a page that loads nothing."""
    texts, clinic = _filled(), html.escape(speaker().library.clinic.name)
    numbers, lines = "".join(f"<li>{line}</li>" for line in texts["outage_numbers"]), "".join(f"<p>{line}</p>" for line in texts["outage"])
    return (f'<!doctype html><html lang="{texts["language"]}" dir="{texts["direction"]}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{html.escape(texts['outage_title'])} - {clinic}</title></head><body><main><h1>{html.escape(texts['outage_title'])}</h1><p>{clinic}</p><ul>{numbers}</ul>{lines}</main></body></html>")


def write_front(folder: Path, servers: Sequence[str], listen: str, proxies: Sequence[str] = ()) -> Path:
    """nginx's configuration in a folder, for servers (host:port each), an address to listen on, and the proxies in front that are
    believed when they say who asks. Returns the main file."""
    words = TEMPLATE.read_text(encoding="utf-8").replace("listen 8080;", f"listen {listen};").replace("/tmp/", f"{folder}/").replace("/dev/stdout", f"{folder}/access.log")
    (folder / "ivy.conf").write_text(words, encoding="utf-8")
    for name, fails in (("servers.conf", "max_fails=2 fail_timeout=3s"), ("any.conf", "max_fails=0")):
        (folder / name).write_text("".join(f"server {server} {fails};\n" for server in servers), encoding="utf-8")
    (folder / "real_ip.conf").write_text("".join(f"set_real_ip_from {proxy};\n" for proxy in proxies), encoding="utf-8")
    (folder / "outage.conf").write_text(outage_conf(), encoding="utf-8")
    return folder / "ivy.conf"


def _place(name: str, kind: str, body: str) -> str:
    """A place that says one thing. nginx would take a dollar sign for the beginning of a variable, and has no way to write one."""
    dollar = r"\u0024" if kind == "application/json" else "&#36;"
    quoted = re.sub(r"([\\'])", r"\\\1", body.replace("$", dollar))
    return (f"location {name} {{\n    internal;\n    default_type \"{kind}; charset=utf-8\";\n    add_header Cache-Control no-store always;\n    add_header Retry-After 5 always;\n"
            f"    return 503 '{quoted}';\n}}\n")


def _text() -> str:
    """The words of the page's emergency card, as Markdown."""
    texts, renderer, clinic = page_texts(), speaker().library.renderer, speaker().situation().clinic
    names = {"clinic": clinic, "keep_days": keep_days(), "draft": "", "example": texts["example"] if clinic.fictional else ""}
    fill = lambda line: renderer.fill(line, names)  # noqa: E731
    return "\n\n".join([fill(texts["outage_title"]), "\n".join(f"- {fill(line)}" for line in texts["outage_numbers"]), *map(fill, texts["outage"])])


def _filled() -> dict:
    speaks = speaker()
    return filled(page_texts(), speaks.library.renderer, speaks.situation(), keep_days(), "")
