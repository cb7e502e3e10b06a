"""The titles of the buttons below what was said."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "r0005", "r0004"


def upgrade() -> None:
    op.add_column("said", sa.Column("buttons", sa.Text, nullable=False, server_default=""))
