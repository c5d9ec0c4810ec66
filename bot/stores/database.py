"""The connections: SQLite with one writer, or PostgreSQL with a pool; one transaction per call.

A transaction is a function of its connection. It is shielded from its caller's cancellation, so
that none is left half done on the one SQLite connection, and repeated after a deadlock.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO, Any, TypeVar

from sqlalchemy import Connection, event, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from bot.errors import StoreError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


def _driver_errors() -> tuple[type[Exception], ...]:
    """Return what asyncpg raises by itself while it connects; nothing if it is not installed."""
    try:
        asyncpg: Any = importlib.import_module("asyncpg")
    except ImportError:
        return ()
    return asyncpg.InterfaceError, asyncpg.PostgresError


T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

_DRIVER_ERRORS = _driver_errors()
_REFUSED: tuple[type[Exception], ...] = (
    SQLAlchemyError,
    sqlite3.Error,
    OSError,
    *_DRIVER_ERRORS,
)
_DEADLOCK = ("40001", "40P01")
NEWEST_VERSION = "0002"
"""The last of `migrations/versions`; a test compares. A current schema skips alembic."""
_MIGRATION_LOCK = 0x46726F6E74
_PRAGMAS = (
    "PRAGMA busy_timeout=30000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA cache_size=-65536",
)


class Unavailable(StoreError):
    """The database as a whole cannot write now; another row would fare no better."""


class Database:
    """One database: `write` and `read` run a function in a transaction."""

    def __init__(self, url: str) -> None:
        """Read `url`: `sqlite:///path` or `postgresql://…`.

        Raises:
            StoreError: the URL is of neither kind.
        """
        self.url = _read_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer: AsyncEngine | None = None
        self._reader: AsyncEngine | None = None
        self._turn = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._lock_file: IO[bytes] | None = None

    async def open(self) -> None:
        """Connect, take the single-process lock (SQLite) and migrate the schema.

        Raises:
            StoreError: another process has the file, or the database refuses.
        """
        if self.is_sqlite:
            path = Path(str(self.url.database)).expanduser()  # noqa: ASYNC240 - at the start, before anything is served
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._lock_file = _lock(path)
            except OSError as error:
                raise Unavailable(f"{path}: {error.strerror or error}") from error
            self._writer, self._reader = _sqlite_engines(self.url.set(database=str(path)))
        else:
            self._writer = self._reader = create_async_engine(
                self.url,
                pool_size=10,
                max_overflow=10,
                pool_timeout=10,
                pool_pre_ping=True,
                connect_args={"timeout": 10, "command_timeout": 60},
            )
        try:
            await self.write(_migrate)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Let running transactions end, then release connections and the lock."""
        while self._running:
            await asyncio.wait(set(self._running))
        engines = {engine for engine in (self._writer, self._reader) if engine is not None}
        self._writer = self._reader = None
        for engine in engines:
            await engine.dispose()
        if self._lock_file is not None:
            self._lock_file.close()  # which frees it; the file stays, so nobody locks a deleted one
            self._lock_file = None

    async def write(self, work: Work[T]) -> T:
        """Return what `work` returns, once its transaction is durable.

        Raises:
            StoreError: nothing was recorded. Errors that `work` raises itself roll back and pass.
        """
        task = asyncio.ensure_future(self._write(work))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    async def read(self, work: Work[T]) -> T:
        """Return what `work` reads, from one snapshot on SQLite.

        Raises:
            StoreError: the database refused.
        """
        try:
            async with _open(self._reader).begin() as connection:
                return await work(connection)
        except _REFUSED as error:
            raise _translate(error) from error

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # a cancelled caller no longer asks for it

    async def _write(self, work: Work[T]) -> T:
        for last in (False, False, True):
            try:
                async with AsyncExitStack() as stack:
                    if self.is_sqlite:
                        await stack.enter_async_context(self._turn)
                    connection = await stack.enter_async_context(_open(self._writer).begin())
                    return await work(connection)
            except _REFUSED as error:
                if last or _state_code(error) not in _DEADLOCK:
                    raise _translate(error) from error
        raise AssertionError("unreachable")


def reader_engine(url: str) -> AsyncEngine:
    """Return an engine that reads the store at `url` beside the server that uses it.

    Raises:
        StoreError: no store has such a URL, or its file does not exist.
    """
    parsed = _read_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and not Path(str(parsed.database)).is_file():
        raise StoreError(f"{parsed.database}: there are no conversations yet")
    return create_async_engine(parsed)


def _open(engine: AsyncEngine | None) -> AsyncEngine:
    if engine is None:
        raise Unavailable("the store is closed; open it first")
    return engine


def _read_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        problem = f"{url}: not a database URL; use sqlite:///path or postgresql://…"
        raise StoreError(problem) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(drivername="sqlite+aiosqlite")
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+asyncpg")
    shown = parsed.render_as_string(hide_password=True)
    raise StoreError(f"{shown}: unknown store; use sqlite:///path or postgresql://…")


def _lock(path: Path) -> IO[bytes]:
    """Return the open lock file; the kernel frees it however this process ends."""
    name = path.with_name(f"{path.name}.lock")
    file = name.open("ab")
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError as error:
        file.close()
        raise Unavailable(
            f"{path}: another process uses this store; stop it, or use PostgreSQL for several"
        ) from error
    os.set_inheritable(file.fileno(), False)
    return file


def _sqlite_engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """Return the engine of the one writer connection and that of the readers."""
    writer = create_async_engine(url, poolclass=StaticPool, connect_args={"isolation_level": None})
    reader = create_async_engine(url, pool_size=4, connect_args={"isolation_level": None})
    # IMMEDIATE: a transaction that starts by reading could otherwise fail to become a writer.
    for engine, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
        event.listen(engine.sync_engine, "connect", _set_pragmas)
        event.listen(engine.sync_engine, "begin", _begin_with(begin))
    return writer, reader


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_with(statement: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin


async def _migrate(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        # Several processes may start at once; the lock ends with the transaction.
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        mode = (await connection.execute(text("SHOW synchronous_commit"))).scalar_one()
        if mode == "off":
            raise StoreError("PostgreSQL has synchronous_commit=off, which loses accepted messages")
    await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
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


def _version(connection: Connection) -> str | None:
    """Return the schema's version as alembic keeps it, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _state_code(error: BaseException) -> str | None:
    origin = error.orig if isinstance(error, DBAPIError) else error
    return getattr(origin, "sqlstate", None)


def _translate(error: Exception) -> StoreError:
    """Return `error` as ours: `Unavailable` unless only this statement's values are at fault."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    problem = str(origin).strip() or type(origin).__name__
    code = _state_code(error)
    if code is not None:
        # Classes 08 connection, 53 resources, 57 intervention, 58 system: the whole server.
        is_whole = code[:2] in ("08", "25", "53", "57", "58")
    else:
        is_whole = isinstance(origin, (sqlite3.OperationalError, OSError, *_DRIVER_ERRORS))
        is_whole = is_whole or (isinstance(error, DBAPIError) and error.connection_invalidated)
        is_whole = is_whole or not isinstance(error, (DBAPIError, sqlite3.Error))
    kind = Unavailable if is_whole else StoreError
    return kind(f"the database refused: {problem}")
