"""Accounts of the clinician's page with their links, and the archive of what was said."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "r0002", "r0001"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("login", sa.String(60), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("person", sa.String(120), nullable=False, unique=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("password_changed_at", sa.String(32), nullable=False),
        sa.Column("disabled_at", sa.String(32), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.String(32), nullable=False),
    )
    op.create_table(
        "account_links",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("login", sa.String(60), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
    )
    op.create_table(
        "said",
        sa.Column("words", sa.String(64), primary_key=True),
        sa.Column("content", sa.String(120), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("block", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
    )
    op.create_table(
        "said_on",
        sa.Column("words", sa.String(64), sa.ForeignKey("said.words"), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
    )
    op.create_index("said_content", "said", ["content"])
