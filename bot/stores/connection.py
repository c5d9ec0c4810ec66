"""What a transaction may do with its connection, whichever database it runs on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import Executable
from sqlalchemy.engine import CursorResult, Dialect

T = TypeVar("T")


class Connection(Protocol):
    """The part of SQLAlchemy's `AsyncConnection` that transactions use."""

    @property
    def dialect(self) -> Dialect:
        """Return the dialect; its name is `sqlite` or `postgresql`."""
        ...

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Return the rows of `statement`."""
        ...

    async def run_sync(self, fn: Callable[[SyncConnection], T], /) -> T:
        """Return what `fn` returns for the plain connection."""
        ...


Work = Callable[[Connection], Awaitable[T]]
"""A transaction: what it returns is returned once it is durable.

With `flush=False` it outlives a killed process, but a power failure may undo the last of it; the
next flushed transaction carries it to the disk, too. That is for what is no promise: leases, and
marks that merely spare a repetition.
"""
