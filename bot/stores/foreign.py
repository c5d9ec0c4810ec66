"""Databases of others: an SQLAlchemy engine for a URL or for Rasa's settings of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import StoreError

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


def foreign_engine(url: URL | str) -> AsyncEngine:
    """Return an engine for `url`, still to be disposed of.

    Raises:
        StoreError: the URL is none, or its kind of database has no driver here.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        hint = "use sqlite:///path or postgresql://user:password@host/name"
        raise StoreError(f"{url}: not a database URL; {hint}") from error
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        shown = parsed.render_as_string(hide_password=True)
        hint = "copy the table `events` to SQLite or PostgreSQL first"
        raise StoreError(f"{shown}: databases of the kind {backend} cannot be read here; {hint}")
    return create_async_engine(parsed.set(drivername=_DRIVERS[backend]))


def url_of(settings: Mapping[str, Any], host: str = "") -> URL:
    """Return the URL that Rasa's keys `dialect, url, port, db, username, password, query` mean.

    Args:
        settings: The keys of a `tracker_store` or an `event_broker` but `url`.
        host: Its `url`.
    """
    dialect = str(settings.get("dialect") or "sqlite").split("+")[0]
    if "://" in host:
        return make_url(host)
    port = settings.get("port")
    return URL.create(
        dialect,
        username=settings.get("username"),
        password=settings.get("password"),
        host=host or None,
        port=int(port) if port else None,
        database=settings.get("db") or (None if dialect != "sqlite" else "rasa.db"),
        query=settings.get("query") or {},
    )
