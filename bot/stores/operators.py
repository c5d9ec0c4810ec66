"""Operators, their logins, and the store's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.stores.connection import Connection
from bot.stores.store import Operator
from bot.stores.tables import Now, meta, operator, session


async def operator_by_name(connection: Connection, name: str) -> tuple[Operator, str] | None:
    """Return the operator and the password hash, None if unknown."""
    query = select(operator).where(operator.c.name == name)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else (_operator(row), row["password_hash"])


async def add_operator(connection: Connection, entry: Operator, password_hash: str) -> None:
    """Add or change an operator."""
    values = {"name": entry.name, "role": entry.role, "password_hash": password_hash}
    await _upsert(connection, operator, {"id": entry.id}, values)


async def open_session(
    connection: Connection, entry: Operator, token_hash: str, ttl_s: float
) -> None:
    """Record a login, and forget those that ended."""
    await connection.execute(delete(session).where(session.c.expires_at <= Now()))
    values = {"operator_id": entry.id, "expires_at": Now() + ttl_s}
    await _upsert(connection, session, {"token_hash": token_hash}, values)


async def session_operator(connection: Connection, token_hash: str) -> Operator | None:
    """Return who is logged in, None if nobody is."""
    query = (
        select(operator)
        .join(session, session.c.operator_id == operator.c.id)
        .where(session.c.token_hash == token_hash, session.c.expires_at > Now())
    )
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else _operator(row)


async def close_session(connection: Connection, token_hash: str) -> None:
    """End a login."""
    await connection.execute(delete(session).where(session.c.token_hash == token_hash))


async def get_meta(connection: Connection, key: str) -> str | None:
    """Return a setting, None if it was never stored."""
    query = select(meta.c.value).where(meta.c.key == key)
    return (await connection.execute(query)).scalar()


async def set_meta(connection: Connection, key: str, value: str) -> None:
    """Store a setting."""
    await _upsert(connection, meta, {"key": key}, {"value": value})


async def _upsert(
    connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(table).values({**key, **values})
    await connection.execute(new.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def _operator(row: Mapping[Any, Any]) -> Operator:
    return Operator(id=row["id"], name=row["name"], role=row["role"])
