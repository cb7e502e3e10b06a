"""Starts Rasa's server with Ivy's channel and guard, and the action server beside it."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import subprocess
import sys
import warnings
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Optional

import structlog

from bot.logs import announce, configure_logs
from bot.project import MODELS, ROOT, StartError, content_folder, keep_days, keeps_unanswered, state_folder, whole_number
from bot.rasa.parent import end_with_parent
from bot.rasa.ports import LOOPBACK, must_be_had
from bot.rasa.without_tensorflow import leave_out_tensorflow

MODEL = MODELS / "ivy.tar.gz"
WARM_UP, WARM_UP_PATIENCE = "what is a stiff neck a sign of", 30.0
#: Set before Rasa and numpy are imported: no telemetry, one thread a library, no TensorFlow chatter.
ENVIRONMENT = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
               "TF_NUM_INTRAOP_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TOKENIZERS_PARALLELISM": "false", "SANIC_REQUEST_MAX_SIZE": "262144"}
#: Seconds for which a thread may keep the others waiting (Python's own: .005). With 8 patients at a time the slowest in a hundred turns took a tenth less.
SWITCH = 0.001
_LIBC = ctypes.CDLL(None)

log = structlog.get_logger()


def prepare_environment(tensorflow: bool = False) -> None:
    """Settings that libraries read when they are imported. TensorFlow is only for who asks for it, and then in the whole process."""
    if not tensorflow:
        leave_out_tensorflow()
    for key, value in ENVIRONMENT.items():
        os.environ.setdefault(key, value)
    # Rasa's 2022 dependencies deprecate each other at every start and reset the filters; nobody here can act on it
    warnings.showwarning = lambda *_args, **_more: None
    os.chdir(ROOT)


def configure_logging(errors_only: bool = False) -> None:
    """Ivy's logs (bot/logs.py). Without this, Rasa's structlog prints each message's text at DEBUG. Raises SettingError."""
    configure_logs(errors_only)
    # these put message texts or whole trackers into what they say when something fails
    for name in ("rasa.core.processor", "rasa.core.actions.action", "rasa.shared.core.training_data.story_reader", "rasa.core.nlg.interpolator", "rasa.utils.endpoints", "rasa.core.lock_store"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def start_action_server(port: int) -> subprocess.Popen:
    """The standard rasa-sdk server on the loopback address (it binds everything unless told)."""
    environment = {**os.environ, "SANIC_HOST": LOOPBACK}
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port), "--logging-config-file", ""]
    return subprocess.Popen(command[:-2], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=end_with_parent)


def build_app(action_port: int, model: Path = MODEL) -> Any:
    """Rasa's Sanic app with the web channel, the guard, and no HTTP API.

    Raises StartError, ContentError, LexiconError, EncoderError or TrackerDatabaseError when a part cannot be used."""
    from rasa.core.channels.channel import register
    from rasa.core.run import close_resources, create_http_input_channels, load_agent_on_start
    from sanic import Sanic
    from sanic.exceptions import PayloadTooLarge

    from bot.channels.health import Health
    from bot.channels.settings import open_channels
    from bot.channels.watch import Watch, watch_queue
    from bot.channels.web import WebChannel
    from bot.library.service import speaker
    from bot.rasa.action_endpoint import quicken_action_calls
    from bot.rasa.leaving import Leaving
    from bot.rasa.quickening import quicken_rasa
    from bot.rasa.stores import shared_stores_answer
    from bot.safety.service import safety_dialogue
    from bot.sharing import sharing

    shared_stores_answer()
    must_be_approved(speaker().desk)
    safety_dialogue()
    quicken_action_calls()
    quicken_rasa()
    # Rasa's own app would add a greeting with its version at "/" and, with the HTTP API, doors to every conversation
    app = Sanic("ivy", configure_logging=False)
    channels = [*create_http_input_channels(None, str(ROOT / "credentials.yml")), *open_channels()]
    register(channels, app, route=None)
    health = Health(speaker().library, sharing())
    app.ctx.health = health
    app.blueprint(health.blueprint())
    app.error_handler.add(PayloadTooLarge, next(channel for channel in channels if isinstance(channel, WebChannel)).too_large)
    app.register_listener(partial(load_agent_on_start, str(model), _endpoints(action_port), None), "before_server_start")
    # before the port opens: no message may reach Rasa without the guard
    app.register_listener(install_guard, "before_server_start")
    app.register_listener(say_ready, "after_server_start")
    leaving = Leaving(health, whole_number("IVY_DRAIN_SECONDS", 0))
    app.register_listener(leaving.begin, "before_server_stop")
    keep_days()
    keeps_unanswered()
    watch = Watch(health, speaker())
    for beside in (purge_daily, warn_daily, watch_queue, watch.parts, watch.endings):
        app.add_task(beside)
    app.register_listener(close_resources, "after_server_stop")
    app.register_listener(leaving.finish, "after_server_stop")
    return app


def _endpoints(action_port: int) -> Any:
    """Where Rasa finds the action server, and the stores that it is given ready made. Raises TrackerDatabaseError."""
    from rasa.core.tracker_store import TrackerStore
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.endpoints import EndpointConfig

    from bot.rasa.lock_store import IvyLockStore
    from bot.sharing import sharing

    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.action = EndpointConfig(f"http://{LOOPBACK}:{action_port}/webhook")
    endpoints.tracker_store = TrackerStore.create(endpoints.tracker_store)
    endpoints.lock_store = IvyLockStore(sharing())
    return endpoints


def approved_content(port: int) -> Path:
    """The content as it was last approved, laid out in the state folder for the server at a port. Raises RecordsError when the ledger cannot be read."""
    from bot.library.approvals import all_rows
    from bot.library.approved_files import lay_out
    from bot.records.database import installed_records

    return lay_out(content_folder(), all_rows(installed_records()), state_folder() / f"approved-{port}")


def must_be_approved(desk: Any) -> None:
    """Clinic mode does not start while it could only fall silent or say what nobody signed. Raises StartError."""
    blocking = desk.blocks_clinic_mode() if desk.mode == "clinic" else []
    if blocking:
        raise StartError(f"clinic mode cannot start because of {len(blocking)} items: {', '.join(map(str, blocking))}. Have them approved (ivy preview), or start in demo mode")


async def install_guard(app: Any, _loop: Any) -> None:
    """Put the guard in front of the agent, then let a turn run: encoders and Rasa's graph load at their
    first use, and the first patient should not wait for that."""
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    from bot.channels.metrics import watch_dispatch
    from bot.channels.sessions import server_secret
    from bot.library.service import speaker
    from bot.rasa.guard import PATIENCE, Guard
    from bot.rasa.metering import meter
    from bot.rasa.stores import must_be_as_configured
    from bot.rasa.topics import foresee
    from bot.records.archive import open_archive
    from bot.records.database import records
    from bot.records.dispatch import Dispatch
    from bot.records.notices import read_settings
    from bot.records.unanswered import note_unanswered
    from bot.safety.service import safety_dialogue
    from bot.sharing import sharing

    must_be_as_configured(app.ctx.agent)
    app.ctx.guard = guard = Guard(app.ctx.agent, speaker(), safety_dialogue(), WARM_UP_PATIENCE, sharing(), foresee)
    await guard.handle_message(UserMessage(WARM_UP, CollectingOutputChannel(), "warm-up", input_channel="web"))
    with suppress(asyncio.TimeoutError):  # its turn may hang; the purge deletes it then
        await asyncio.wait_for(guard.forget("warm-up"), WARM_UP_PATIENCE)
    guard.patience = PATIENCE
    guard.install()
    open_archive(records, lambda: speaker().situation().clinic_day())
    dispatch = Dispatch(records, read_settings())
    watch_dispatch(lambda: dispatch.counts)
    meter(app.ctx.agent, server_secret(), note_unanswered if keeps_unanswered() else None)
    keep_what_is_loaded()


async def understand_apart(app: Any, _loop: Any) -> None:
    """From now on messages are understood in a copy of this process (bot/rasa/apart.py), where the system can make one that is safe to use."""
    from bot.rasa.apart import Apart, Unanswered
    from bot.rasa.topics import remember

    if sys.platform != "linux":  # elsewhere libraries may not survive it (docs.python.org, multiprocessing, "Contexts and start methods")
        return
    apart = Apart(app.ctx.guard.workers, remember)
    app.ctx.health.understands_apart = lambda: apart.copy.works
    try:
        await apart.start(WARM_UP)
        app.ctx.guard.workers = apart
    except (OSError, Unanswered) as error:
        log.error("no_understanding_process", error=type(error).__name__)


def keep_what_is_loaded() -> None:
    """Have Python's collector leave alone what is loaded now (docs.python.org, gc.freeze): walking through the model
    again and again stopped every message for 60 ms now and then. Before, what loading needed and nothing holds any more goes
    back to the system: 30 to 40 MB where the C library can (glibc's malloc_trim(3))."""
    gc.collect()
    if hasattr(_LIBC, "malloc_trim"):
        _LIBC.malloc_trim(0)
    gc.freeze()


async def purge_daily(app: Any) -> None:
    """Delete what is older than IVY_KEEP_DAYS (default 30), at start and once a day: the patient is told that words are kept for a limited time."""
    from bot.rasa.tracker_store import IvyTrackerStore
    from bot.records.database import database_url, open_database
    from bot.records.unanswered import purge_unanswered

    store = IvyTrackerStore()
    while True:
        try:
            deleted = await asyncio.to_thread(store.purge, keep_days())
            unanswered = await asyncio.to_thread(purge_unanswered, open_database(database_url()), keep_days())
            log.info("purged", events=deleted, unanswered=unanswered)
        except Exception as error:  # noqa: BLE001 - tried again tomorrow
            log.error("purge_failed", error=type(error).__name__)
        finally:
            store.close()
        await asyncio.sleep(24 * 3600)


async def warn_daily(app: Any) -> None:
    """Tell the staff of signatures that end soon: all at the start, then once a day those that are due."""
    from bot.library.service import speaker

    started = True
    while True:
        try:
            await asyncio.to_thread(speaker().desk.warn_of_endings, speaker().situation().clinic_day(), started)
        except Exception as error:  # noqa: BLE001 - tried again tomorrow
            log.error("warning_of_endings_failed", error=type(error).__name__)
        started = False
        await asyncio.sleep(24 * 3600)


async def say_ready(app: Any, _loop: Any) -> None:
    """Where it is, and what of it is not there: it starts all the same, for what is left still hears warning signs."""
    from bot.safety.service import safety_dialogue

    announce(f"Ivy is ready: http://{app.ctx.address}/   (Ctrl-C ends it)")
    if not app.ctx.agent.is_ready():
        announce(f"But it answers no questions, warning signs alone: the model at {MODEL} is missing or cannot be used. Run `ivy train`, and start it again.")
    if safety_dialogue().triage.detector is None:
        announce(f"But it hears warning signs by its word lists alone: the detector in {MODELS / 'safety'} is missing or cannot be used. Run `ivy train`, and start it again.")


def serve(port: int, mode: Optional[str] = None, host: str = LOOPBACK, model: Path = MODEL) -> None:
    """Run until Ctrl-C. Raises StartError with the repair when a port is taken or a part cannot be used."""
    if mode:
        os.environ["IVY_MODE"] = mode
    prepare_environment()
    action_port = whole_number("ACTION_PORT", port + 1)
    must_be_had(host, port, action_port)
    configure_logging()
    announce("Ivy is starting (half a minute) ...")
    if os.environ.get("IVY_MODE") == "clinic":
        os.environ["IVY_CONTENT"] = str(approved_content(port))
    sys.setswitchinterval(SWITCH)
    actions = start_action_server(action_port)
    try:
        app = build_app(action_port, model)
        app.ctx.address = f"{host}:{port}"
        app.register_listener(understand_apart, "before_server_start")
        app.run(host=host, port=port, workers=1, access_log=False, motd=False)
    finally:
        actions.kill()  # it keeps nothing, and one that hangs would not hear a friendlier word
        actions.wait(10)
