"""What an operator reads in the log of a running Ivy: one JSON object a line, conversations joined and not named."""

from __future__ import annotations

import json

from expect import STIFF_NECK

BROKEN = "what is ivig"  # its answer's template raises there


def test_server_writes_json_and_joins_a_conversations_lines_by_a_hash(with_broken_templates):
    session = with_broken_templates.session()
    for words in (BROKEN, STIFF_NECK):
        assert with_broken_templates.say(words, session).status == 200
    lines = [json.loads(line) for line in with_broken_templates.log().splitlines()]
    answered = [line for line in lines if line["event"] == "answered"][-2:]
    assert answered[0]["conversation"] == answered[1]["conversation"] and answered[1]["outcome"] == "safety"
    assert with_broken_templates.conversation_id(session) not in with_broken_templates.log()
    assert any("error" in line and line.get("conversation") == answered[0]["conversation"] for line in lines), "what failed in it can be found"
