"""A database as the store sees it: `write` and `read` run a function in one transaction.

A transaction is shielded from its caller's cancellation, so that none is left half done, and
repeated after a deadlock. How it is run differs (`sqlite`, `postgres`), what it does does not.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from bot.errors import StoreError
from bot.stores.connection import Connection, Work
from bot.stores.refusal import Unavailable, is_deadlock, refused, translate

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from bot.stores.postgres import Postgres
    from bot.stores.sqlite import SqliteFile

T = TypeVar("T")

NEWEST_VERSION = "0004"
"""The last of `migrations/versions`; a test compares. A current schema skips alembic."""
_MIGRATION_LOCK = 0x46726F6E74
_TRIES = 3


class Database:
    """One database, SQLite or PostgreSQL."""

    def __init__(self, url: str) -> None:
        """Read `url`: `sqlite:///path` or `postgresql://…`.

        Raises:
            StoreError: the URL is of neither kind.
        """
        self.url = _read_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine: SqliteFile | Postgres | None = None
        self._running: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Connect, take the single-process lock (SQLite) and migrate the schema.

        Raises:
            StoreError: another process has the file, or the database refuses.
        """
        self._engine = _engine(self.url)
        try:
            await self.write(_migrate)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Let running transactions end, then release connections and the lock."""
        while self._running:
            await asyncio.wait(set(self._running))
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.close()

    async def write(self, work: Work[T], *, flush: bool = True) -> T:
        """Return what `work` returns, once its transaction is on disk; see `Work` for `flush`.

        Raises:
            StoreError: nothing was recorded. Errors that `work` raises itself roll back and pass.
        """
        task = asyncio.ensure_future(self._write(work, flush))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    async def read(self, work: Work[T]) -> T:
        """Return what `work` reads, from one snapshot on SQLite.

        Raises:
            StoreError: the database refused.
        """
        try:
            return await self._open().read(work)
        except refused() as error:
            raise translate(error) from error

    def _open(self) -> SqliteFile | Postgres:
        if self._engine is None:
            raise Unavailable("the store is closed; open it first")
        return self._engine

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # a cancelled caller no longer asks for it

    async def _write(self, work: Work[T], flush: bool) -> T:
        for tries_left in reversed(range(_TRIES)):
            try:
                return await self._open().write(work, flush=flush)
            except refused() as error:
                if not tries_left or not is_deadlock(error):
                    raise translate(error) from error
        raise AssertionError("unreachable")


def _engine(url: URL) -> SqliteFile | Postgres:
    """Return what runs transactions at `url`; what the other kind needs is not imported."""
    if url.get_backend_name() == "sqlite":
        from bot.stores.sqlite import SqliteFile

        return SqliteFile(url)
    from bot.stores.postgres import Postgres

    return Postgres(url)


def reader_engine(url: str) -> AsyncEngine:
    """Return an engine that reads the store at `url` beside the server that uses it.

    Raises:
        StoreError: no store has such a URL, or its file does not exist.
    """
    parsed = _read_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and not Path(str(parsed.database)).is_file():
        raise StoreError(f"{parsed.database}: there are no conversations yet")
    from bot.stores.foreign import foreign_engine  # imports sqlalchemy.ext.asyncio

    return foreign_engine(parsed)


def _read_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        problem = f"{url}: not a database URL; use sqlite:///path or postgresql://…"
        raise StoreError(problem) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    if backend in ("postgresql", "postgres"):
        return parsed
    shown = parsed.render_as_string(hide_password=True)
    raise StoreError(f"{shown}: unknown store; use sqlite:///path or postgresql://…")


async def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Several processes may start at once; the lock ends with the transaction.
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        mode = (await connection.execute(text("SHOW synchronous_commit"))).scalar_one()
        if mode == "off":
            raise StoreError("PostgreSQL has synchronous_commit=off, which loses accepted messages")
    await connection.run_sync(_upgrade)


def _upgrade(connection: SyncConnection) -> None:
    """Bring the schema to `NEWEST_VERSION`."""
    if _version(connection) == NEWEST_VERSION:
        return
    from alembic import command  # slow to import, and needed once
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        problem = f"this database belongs to a newer Frontdesk; upgrade it here, too: {error}"
        raise StoreError(problem) from error


def _version(connection: SyncConnection) -> str | None:
    """Return the schema's version as alembic keeps it, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
