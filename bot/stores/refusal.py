"""What a database refuses, as our errors: a bad row, or a database that cannot write at all."""

from __future__ import annotations

import sqlite3
import sys
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import StoreError


class Unavailable(StoreError):
    """The database as a whole cannot write now; another row would fare no better."""


_REFUSED = (SQLAlchemyError, sqlite3.Error, OSError)
_DEADLOCK = ("40001", "40P01")
_WHOLE = ("08", "25", "53", "57", "58")
"""PostgreSQL's classes connection, transaction state, resources, intervention and system."""


def refused() -> tuple[type[Exception], ...]:
    """Return the errors with which a database refuses."""
    return *_REFUSED, *_driver_errors()


def is_deadlock(error: BaseException) -> bool:
    """Return whether the same transaction may succeed when it is tried again at once."""
    return _state_code(error) in _DEADLOCK


def translate(error: Exception) -> StoreError:
    """Return `error` as ours: `Unavailable` unless only this statement's values are at fault."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    problem = str(origin).strip() or type(origin).__name__
    code = _state_code(error)
    is_whole = code[:2] in _WHOLE if code is not None else _is_outage(error, origin)
    kind = Unavailable if is_whole else StoreError
    return kind(f"the database refused: {problem}")


def _driver_errors() -> tuple[type[Exception], ...]:
    """Return what asyncpg raises by itself while it connects; nothing where it is not used.

    It is not imported here: that takes a tenth of a second, which SQLite does not need.
    """
    asyncpg: Any = sys.modules.get("asyncpg")
    return (asyncpg.InterfaceError, asyncpg.PostgresError) if asyncpg else ()


def _is_outage(error: Exception, origin: BaseException | None) -> bool:
    """Return whether an error without a code is about the database, not about a row."""
    if isinstance(origin, (sqlite3.OperationalError, OSError, *_driver_errors())):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    return not isinstance(error, sqlite3.Error)


def _state_code(error: BaseException) -> str | None:
    origin = error.orig if isinstance(error, DBAPIError) else error
    return getattr(origin, "sqlstate", None)
