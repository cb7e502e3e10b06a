"""What a client may send to the web channel, as JSON schemas (draft 7)."""

from __future__ import annotations

from typing import Any, Mapping

from jsonschema import Draft7Validator

LONGEST_ID = 64
#: The session is looked at before the rest, and refused in its own way.
MESSAGE = Draft7Validator({
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
        "text": {"type": "string"},
        "button": {"type": "string", "maxLength": 120},
    },
    "anyOf": [{"required": ["text"], "properties": {"text": {"pattern": r"\S"}}},
              {"required": ["button"], "properties": {"button": {"minLength": 1}}}],
})
HELPFUL = Draft7Validator({
    "type": "object",
    "required": ["content", "version", "helpful"],
    "properties": {"content": {"type": "string", "maxLength": 120}, "version": {"type": "string", "maxLength": 64}, "helpful": {"type": "boolean"}},
})


def problems(schema: Draft7Validator, body: Mapping[str, Any]) -> list[str]:
    """Everything wrong with a body, for whoever wrote the client: field and rule, never what was sent."""
    return sorted({f"{'.'.join(map(str, error.path)) or 'body'}: {_rule(error)}" for error in schema.iter_errors(body)})


def _rule(error: Any) -> str:
    return "needs a text or a button" if error.validator == "anyOf" else f"{error.validator} {error.validator_value}"
