"""Questions that Ivy had no answer for, scrubbed."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "r0007", "r0006"


def upgrade() -> None:
    op.create_table(
        "unanswered",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("text", sa.String(300)),
        sa.Column("asker", sa.String(16)),
    )
    op.create_index("ix_unanswered_day", "unanswered", ["day"])
