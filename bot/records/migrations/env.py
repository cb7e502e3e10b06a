"""Alembic runs this; the connection, with its transaction and lock, comes from bot/records/upgrading.py."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
