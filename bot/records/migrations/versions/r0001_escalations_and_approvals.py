"""The first two tables. Databases from before migrations have them already, and keep their rows."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "r0001", None


def upgrade() -> None:
    there = set(sa.inspect(op.get_bind()).get_table_names())
    if "escalations" not in there:
        op.create_table(
            "escalations",
            sa.Column("message_id", sa.String(64), primary_key=True),
            sa.Column("at", sa.String(32), nullable=False),
            sa.Column("tier", sa.String(16), nullable=False),
            sa.Column("signs", sa.String(400), nullable=False),
            sa.Column("content", sa.String(120), nullable=False),
            sa.Column("channel", sa.String(32), nullable=False),
            sa.Column("said_by", sa.String(16), nullable=False),
        )
    if "approvals" not in there:
        op.create_table(
            "approvals",
            sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("item", sa.String(120), nullable=False),
            sa.Column("act", sa.String(16), nullable=False),
            sa.Column("version", sa.String(64), nullable=False),
            sa.Column("text", sa.Text, nullable=False),
            sa.Column("by", sa.String(120), nullable=False),
            sa.Column("role", sa.String(40), nullable=False),
            sa.Column("checked", sa.String(200), nullable=False),
            sa.Column("until", sa.String(10), nullable=False),
            sa.Column("note", sa.Text, nullable=False),
            sa.Column("at", sa.String(32), nullable=False),
            sa.Column("before", sa.String(64), nullable=False),
            sa.Column("hash", sa.String(64), nullable=False, unique=True),
        )
