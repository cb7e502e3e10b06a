"""Whether answers helped: two counts for each version of each answer. No words, no person, no time."""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from bot.records.database import metadata, records

log = structlog.get_logger()

helpfulness = sa.Table(
    "helpfulness",
    metadata,
    sa.Column("content", sa.String(120), primary_key=True),
    sa.Column("version", sa.String(64), primary_key=True),
    sa.Column("yes", sa.Integer, nullable=False),
    sa.Column("no", sa.Integer, nullable=False),
)


def count_helpful(engine: sa.engine.Engine, content: str, version: str, helpful: bool) -> None:
    """Add one to a count. Two that come first at once are both counted."""
    column = "yes" if helpful else "no"
    same = (helpfulness.c.content == content) & (helpfulness.c.version == version)
    add = helpfulness.update().where(same).values({column: helpfulness.c[column] + 1})
    with engine.begin() as connection:
        if connection.execute(add).rowcount:
            return
    try:
        with engine.begin() as connection:
            connection.execute(helpfulness.insert().values(content=content, version=version, yes=int(helpful), no=int(not helpful)))
    except sa.exc.IntegrityError:
        with engine.begin() as connection:
            connection.execute(add)


def note_helpful(content: str, version: str, helpful: bool) -> bool:
    """Count in this installation's records. Returns whether it could be counted."""
    try:
        engine = records()
        if engine is not None:
            count_helpful(engine, content, version, helpful)
        return engine is not None
    except sa.exc.SQLAlchemyError as error:
        log.error("helpfulness_not_counted", error=type(error).__name__)
        return False
