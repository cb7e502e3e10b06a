"""The records' tables as they change over time, forward only (Alembic). Run by bot.records.database when it opens one."""
