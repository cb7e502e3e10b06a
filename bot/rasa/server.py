"""Starts Rasa's server with Ivy's channel and guard, and the action server beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import Any, Optional

import structlog

from bot.project import MODELS, ROOT, SettingError

MODEL = MODELS / "ivy.tar.gz"
LOOPBACK = "127.0.0.1"
KEEP_DAYS = 30
WARM_UP, WARM_UP_PATIENCE = "what is a stiff neck a sign of", 30.0
#: Set before Rasa and numpy are imported: no telemetry, one thread a library, no TensorFlow chatter.
ENVIRONMENT = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
               "TF_NUM_INTRAOP_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "SANIC_REQUEST_MAX_SIZE": "262144"}

log = structlog.get_logger()


class StartError(RuntimeError):
    """The server cannot start; the message says what to do."""


def prepare_environment() -> None:
    """Settings that libraries read when they are imported."""
    for key, value in ENVIRONMENT.items():
        os.environ.setdefault(key, value)
    # Rasa's 2022 dependencies deprecate each other at every start and reset the filters; nobody here can act on it
    warnings.showwarning = lambda *_args, **_more: None
    os.chdir(ROOT)


def configure_logging(errors_only: bool = False) -> None:
    """INFO and above. Rasa's structlog prints each message's text at DEBUG where nobody configures it."""
    import logging

    from rasa.utils.log_utils import configure_structlog

    logging.basicConfig(level=logging.WARNING)
    # these print message texts or whole trackers at WARNING and above when something fails
    for name in ("rasa.core.processor", "rasa.core.actions.action", "rasa.shared.core.training_data.story_reader", "rasa.core.nlg.interpolator", "rasa.utils.endpoints", "rasa.core.lock_store"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    configure_structlog(logging.ERROR if errors_only else logging.INFO)


def whole_number(setting: str, otherwise: int) -> int:
    """An environment variable as a number of 0 or more. Raises SettingError."""
    value = os.environ.get(setting, str(otherwise))
    if not value.isdigit():
        raise SettingError(f"{setting} is '{value}'; set it to a whole number")
    return int(value)


def port_is_free(port: int, host: str = LOOPBACK) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def start_action_server(port: int) -> subprocess.Popen:
    """The standard rasa-sdk server on the loopback address (it binds everything unless told)."""
    environment = {**os.environ, "SANIC_HOST": LOOPBACK}
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port), "--logging-config-file", ""]
    return subprocess.Popen(command[:-2], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_end_with_parent)


def _end_with_parent() -> None:
    """On Linux: end the action server however this process ends. An orphan would hold its port, and the next start would fail."""
    import ctypes
    import signal

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1: PR_SET_PDEATHSIG


def build_app(action_port: int, model: Path = MODEL) -> Any:
    """Rasa's Sanic app with the web channel, the guard, and no HTTP API.

    Raises StartError, ContentError, LexiconError, EncoderError or TrackerDatabaseError when a part cannot be used."""
    from rasa.core.channels.channel import register
    from rasa.core.run import close_resources, create_http_input_channels, load_agent_on_start
    from rasa.core.tracker_store import TrackerStore
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.endpoints import EndpointConfig
    from sanic import Sanic
    from sanic.exceptions import PayloadTooLarge

    import bot.records.escalations  # noqa: F401 - before the database is opened, or its table is not made
    from bot.channels.web import WebChannel
    from bot.library.service import speaker
    from bot.rasa.action_endpoint import shorten_action_patience
    from bot.safety.service import safety_dialogue

    _must_be_approved(speaker().desk)
    safety_dialogue()
    shorten_action_patience()
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.action = EndpointConfig(f"http://{LOOPBACK}:{action_port}/webhook")
    endpoints.tracker_store = TrackerStore.create(endpoints.tracker_store)
    # Rasa's own app would add a greeting with its version at "/" and, with the HTTP API, doors to every conversation
    app = Sanic("ivy", configure_logging=False)
    channels = create_http_input_channels(None, str(ROOT / "credentials.yml"))
    register(channels, app, route=None)
    app.error_handler.add(PayloadTooLarge, next(channel for channel in channels if isinstance(channel, WebChannel)).too_large)
    app.register_listener(partial(load_agent_on_start, str(model), endpoints, None), "before_server_start")
    # before the port opens: no message may reach Rasa without the guard
    app.register_listener(install_guard, "before_server_start")
    app.register_listener(say_ready, "after_server_start")
    whole_number("IVY_KEEP_DAYS", KEEP_DAYS)
    app.add_task(purge_daily)
    app.register_listener(close_resources, "after_server_stop")
    return app


def _must_be_approved(desk: Any) -> None:
    """Clinic mode does not start while it could only fall silent or say what nobody signed."""
    blocking = desk.blocks_clinic_mode() if desk.mode == "clinic" else []
    if blocking:
        raise StartError(f"clinic mode cannot start: {len(blocking)} items were never approved: {', '.join(blocking)}. Have them approved, or start in demo mode")


async def install_guard(app: Any, _loop: Any) -> None:
    """Put the guard in front of the agent, then let a turn run: encoders and Rasa's graph load at their
    first use, and the first patient should not wait for that."""
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    from bot.library.service import speaker
    from bot.rasa.guard import PATIENCE, Guard
    from bot.safety.service import safety_dialogue

    guard = Guard(app.ctx.agent, speaker(), safety_dialogue(), patience=WARM_UP_PATIENCE)
    await guard.handle_message(UserMessage(WARM_UP, CollectingOutputChannel(), "warm-up", input_channel="web"))
    await guard.forget("warm-up")
    guard.patience = PATIENCE
    guard.install()


async def purge_daily(app: Any) -> None:
    """Delete what is older than IVY_KEEP_DAYS (default 30), at start and once a day: the patient is told that words are kept for a limited time."""
    import asyncio

    from bot.rasa.tracker_store import IvyTrackerStore

    store = IvyTrackerStore()
    while True:
        try:
            deleted = await asyncio.to_thread(store.purge, whole_number("IVY_KEEP_DAYS", KEEP_DAYS))
            log.info("purged", events=deleted)
        except Exception as error:  # noqa: BLE001 - tried again tomorrow
            log.error("purge_failed", error=type(error).__name__)
        await asyncio.sleep(24 * 3600)


async def say_ready(app: Any, _loop: Any) -> None:
    print(f"Ivy is ready: http://{app.ctx.address}/   (Ctrl-C ends it)", flush=True)


def serve(port: int, mode: Optional[str] = None, host: str = LOOPBACK, model: Path = MODEL) -> None:
    """Run until Ctrl-C. Raises StartError with the repair when a port is taken or a part cannot be used."""
    if mode:
        os.environ["IVY_MODE"] = mode
    prepare_environment()
    action_port = whole_number("ACTION_PORT", port + 1)
    for wanted in (port, action_port):
        if not port_is_free(wanted):
            raise StartError(f"port {wanted} is in use; stop what uses it, or choose another: PORT={wanted + 100} make chat")
    configure_logging()
    print("Ivy is starting (half a minute) ...", flush=True)
    actions = start_action_server(action_port)
    try:
        app = build_app(action_port, model)
        app.ctx.address = f"{host}:{port}"
        app.run(host=host, port=port, workers=1, access_log=False, motd=False)
    finally:
        actions.kill()  # it keeps nothing, and one that hangs would not hear a friendlier word
        actions.wait(10)
