"""What all pages share: the records, the content as it is now, who is signed in, the templates."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.channels.sessions import server_secret
from bot.preview.contents import Contents
from bot.preview.proxy import Proxy, read_proxy
from bot.preview.sessions import Sessions
from bot.project import CONTENT, SettingError
from bot.records.database import database_url, open_database

HERE = Path(__file__).resolve().parent


def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(str(HERE / "templates")), autoescape=select_autoescape(default=True), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@dataclass
class Site:
    """One running page. `secret` seals what travels through the browser; `mode` is the chat's (IVY_MODE)."""

    engine: sa.engine.Engine
    contents: Contents
    secret: str
    mode: str = "demo"
    proxy: Proxy = Proxy()
    sessions: Sessions = field(default_factory=Sessions)
    templates: Environment = field(default_factory=_templates)
    #: What a module of pages keeps for as long as the page runs, by module name.
    kept: dict = field(default_factory=dict)


def open_site() -> Site:
    """The page over this installation's content and records. Raises SettingError for settings or a database that cannot be used."""
    try:
        engine = open_database(database_url())
    except (sa.exc.SQLAlchemyError, OSError) as error:
        where = sa.engine.make_url(database_url()).render_as_string(hide_password=True)
        raise SettingError(f"the records {where} cannot be used ({type(error).__name__}); start the database, or set IVY_DATABASE") from error
    return Site(engine, Contents(CONTENT, os.environ.get("IVY_COUNTRY")), server_secret(), os.environ.get("IVY_MODE", "demo"), read_proxy())
