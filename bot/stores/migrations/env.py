"""Alembic's entry: runs the versions on the connection that the store passes in."""

from __future__ import annotations

from alembic import context

from bot.stores.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
