"""SQLite: one writing thread, a few reading ones, and one process per file.

A transaction runs from its first statement to its commit on one thread. Its `await`s never wait
for anything there, so the event loop is asked once per transaction, not once per statement.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, TypeVar

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import Engine, Executable, create_engine, event
from sqlalchemy.engine import URL, CursorResult, Dialect
from sqlalchemy.pool import QueuePool, StaticPool

from bot.stores.connection import Work
from bot.stores.refusal import Unavailable

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

T = TypeVar("T")

READERS = 2
_PRAGMAS = (
    "PRAGMA busy_timeout=30000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA cache_size=-65536",
)


class SqliteFile:
    """One database file, locked for this process while it is open."""

    def __init__(self, url: URL) -> None:
        """Take the lock and make the threads; connections open at first use.

        Raises:
            Unavailable: another process has the file, or the folder cannot be written.
        """
        path = Path(str(url.database)).expanduser()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(path)
        except OSError as error:
            raise Unavailable(f"{path}: {error.strerror or error}") from error
        url = url.set(database=str(path))
        # IMMEDIATE: a transaction that starts by reading could otherwise fail to become a writer.
        self._writer = _engine(url, poolclass=StaticPool)
        self._reader = _engine(url, poolclass=QueuePool, pool_size=READERS)
        event.listen(self._reader, "begin", lambda reader: reader.exec_driver_sql("BEGIN"))
        self._connection: SyncConnection | None = None
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._reading = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")

    async def write(self, work: Work[T], *, flush: bool = True) -> T:
        """Return what `work` returns, once its transaction is on disk; see `Work` for `flush`."""

        def transaction() -> T:
            # One for all transactions: taking one from a pool each time costs as much as a query.
            if self._connection is None:
                self._connection = self._writer.connect()
            connection = self._connection
            # https://www.sqlite.org/pragma.html#pragma_synchronous, of the next transaction
            mode = "FULL" if flush else "NORMAL"
            _execute(connection, f"PRAGMA synchronous={mode}")
            # A transaction that starts by reading could fail to become a writer.
            _execute(connection, "BEGIN IMMEDIATE")
            with connection.begin():
                return _finish(work(_Inline(connection)))  # type: ignore[arg-type]

        return await asyncio.get_running_loop().run_in_executor(self._writing, transaction)

    async def read(self, work: Work[T]) -> T:
        """Return what `work` reads, from one snapshot."""

        def transaction() -> T:
            with self._reader.begin() as connection:
                return _finish(work(_Inline(connection)))  # type: ignore[arg-type]

        return await asyncio.get_running_loop().run_in_executor(self._reading, transaction)

    async def close(self) -> None:
        """End the threads and connections and free the file."""
        self._writing.shutdown()
        self._reading.shutdown()
        if self._connection is not None:
            self._connection.close()
        self._writer.dispose()
        self._reader.dispose()
        self._lock.close()  # which frees it; the file stays, so nobody locks a deleted one


class _Inline:
    """A plain connection with the face of an asynchronous one."""

    def __init__(self, connection: SyncConnection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        return self._connection.execute(statement, parameters)

    async def run_sync(self, fn: Callable[[SyncConnection], T], /) -> T:
        return fn(self._connection)


def _finish(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    work.close()
    raise RuntimeError("a transaction may wait for its connection only")


def _execute(connection: SyncConnection, statement: str) -> None:
    """Execute `statement` beside SQLAlchemy's transactions."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(statement)


def _engine(url: URL, **pool: Any) -> Engine:
    connecting = {"isolation_level": None, "check_same_thread": False}
    engine = create_engine(url.set(drivername="sqlite"), connect_args=connecting, **pool)
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


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
