"""What Ivy writes to its log, and what never gets there.

Ivy's own events are a name and a few fields, none of which is a patient's word. Libraries are not so careful: Rasa puts
messages, slots and whole trackers into warnings and exceptions (rasa/core/channels/rest.py, rasa/utils/endpoints.py,
rasa/core/actions/forms.py), asyncio prints exceptions, and any exception may quote what it choked on. So only those
listed here are let speak, and of every exception the message is left out: its kind and where it happened stay."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import sys
import traceback
from typing import Any, MutableMapping

import structlog
from structlog.stdlib import ProcessorFormatter

from bot.project import SettingError

KINDS = ("plain", "json")
#: Whose lines hold no patient's words: Ivy's own, servers and migrations, and the one of Rasa's that speaks of loading the model.
SPEAK, AND_ALSO = {"bot", "actions", "sanic", "uvicorn", "alembic"}, "rasa.core.agent"
FRAMES = 8  # of a stack, the innermost

log = structlog.get_logger()
Event = MutableMapping[str, Any]


def configure_logs(errors_only: bool = False) -> None:
    """Log to the standard error, as IVY_LOG says: plain (warnings and errors) or json (one object a line; Ivy's own
    events from INFO on). Raises SettingError."""
    kind = log_kind()
    level = logging.ERROR if errors_only else logging.INFO if kind == "json" else logging.WARNING
    before = [structlog.contextvars.merge_contextvars, structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level,
              structlog.processors.TimeStamper(fmt="iso", utc=True), without_words, structlog.processors.UnicodeDecoder()]
    last = structlog.processors.JSONRenderer() if kind == "json" else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(ProcessorFormatter(foreign_pre_chain=before, processors=[ProcessorFormatter.remove_processors_meta, last]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.WARNING))
    for own in ("bot", "actions"):
        logging.getLogger(own).setLevel(level)
    structlog.configure(processors=[structlog.stdlib.filter_by_level, *before, ProcessorFormatter.wrap_for_formatter], context_class=dict,
                        logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.make_filtering_bound_logger(level), cache_logger_on_first_use=True)


def log_kind() -> str:
    """IVY_LOG. Raises SettingError."""
    kind = os.environ.get("IVY_LOG") or "plain"
    if kind not in KINDS:
        raise SettingError(f"IVY_LOG is '{kind}'; use one of: {', '.join(KINDS)}")
    return kind


def announce(words: str) -> None:
    """Tell whoever started Ivy how it is coming along: as a line of text, or as an event where the log is JSON."""
    if log_kind() == "json":
        log.info("announcement", words=words)
    else:
        print(words, flush=True)


def conversation_hash(secret: str, sender_id: str) -> str:
    """How a conversation is called in the log: two lines of one have the same, and only who has the secret can tell which it is."""
    return hmac.new(secret.encode(), f"ivy log {sender_id}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]


def without_words(_logger: Any, _method: str, event: Event) -> Event:
    """Leave out what may hold a patient's words: other libraries' messages and fields, any exception's message."""
    if event.pop("stack_info", None):
        event["stack"] = "left out"
    failed = event.pop("exc_info", None)
    name = event.get("logger") or ""
    if name.split(".")[0] not in SPEAK and name != AND_ALSO:
        record = event.get("_record")
        said_at = f"{record.module}:{record.lineno}" if record else ""
        kept = {key: value for key, value in event.items() if key in ("logger", "level", "timestamp", "conversation") or key.startswith("_")}
        event.clear()
        event.update(kept, event="library_message", at=said_at)
    failed = sys.exc_info() if failed is True else (type(failed), failed, failed.__traceback__) if isinstance(failed, BaseException) else failed
    if failed and failed[0]:
        event["error"] = failed[0].__name__
        event["where"] = [f"{frame.filename.rsplit('site-packages/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(failed[2])[-FRAMES:]]
    return event
