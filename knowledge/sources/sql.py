"""The rows of an SQL query: one document, whose columns are those of every other table."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from asyncpg import PostgresError
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from knowledge.errors import Unreadable
from knowledge.sources.rows import Cell, Row, column_names, passages_of_rows
from knowledge.sources.source import Document, Metadata, SourceProblem, content_hash
from knowledge.types import Passage

MAX_ROWS: Final = 200_000
TIMEOUT_S: Final = 60.0
_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
"""Names without a driver → those that come with Frontdesk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSource:
    """A query; its columns are named as those of tables, with `AS` where need be."""

    id: str
    """What the source is called, such as `articles`."""
    url: str = field(repr=False)
    """An SQLAlchemy URL; of databases beside SQLite and PostgreSQL with an asynchronous driver."""
    query: str
    metadata: Metadata = Metadata()
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    max_rows: int = MAX_ROWS
    timeout_s: float = TIMEOUT_S
    is_local: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        """The document's id."""
        return f"sql:{self.id}"

    def owns(self, document: str) -> bool:
        """Return whether the document is the query's."""
        return document == self.name

    def documents(self) -> Iterator[Document | SourceProblem]:
        """Iterate over the one document: what the query returns now."""
        try:
            names, rows = asyncio.run(self._fetched())
        except Unreadable as error:
            yield SourceProblem(document=self.name, problem=error.problem, hint=error.hint)
            return
        key = content_hash(names, rows, self.metadata, sorted(self.columns.items()))
        yield Document(id=self.name, hash=key, read=lambda: self._passages(names, rows))

    def _passages(self, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[Passage, ...]:
        columns = column_names(names, self.columns, self.name)
        numbered = (
            Row(
                {
                    name: Cell(value, line, number)
                    for number, (name, value) in enumerate(zip(columns, row, strict=True), 1)
                    if name
                },
                line,
            )
            for line, row in enumerate(rows, 1)
        )
        return passages_of_rows(numbered, self.name, self.metadata)

    async def _fetched(self) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Return the names of the columns, and the rows.

        Raises:
            Unreadable: the database refuses, is out of reach or too slow, or has too many rows.
        """
        engine = _engine(self.url)
        try:
            async with asyncio.timeout(self.timeout_s), engine.connect() as connection:
                result = await connection.stream(text(self.query))
                rows = [tuple(row) for row in await result.fetchmany(self.max_rows + 1)]
                names = tuple(result.keys())
        except TimeoutError as error:
            raise Unreadable(f"did not answer in {self.timeout_s:g} s") from error
        except (SQLAlchemyError, PostgresError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise Unreadable(f"could not be queried: {reason}") from error
        finally:
            await engine.dispose()
        if len(rows) > self.max_rows:
            raise Unreadable(f"has more than {self.max_rows} rows", hint="narrow the query")
        return names, rows


def _engine(address: str) -> AsyncEngine:
    """Return an engine that only reads.

    Raises:
        Unreadable: the URL is none, or its driver is not installed.
    """
    try:
        url: URL = make_url(address)
        driver = _DRIVERS.get(url.drivername, url.drivername)
        engine = create_async_engine(
            url.set(drivername=driver),
            execution_options={"postgresql_readonly": True} if "postgresql" in driver else {},
        )
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        hint = "use sqlite:///path or postgresql://user:password@host/name"
        raise Unreadable(f"has a URL that cannot be used: {error}", hint=hint) from error
    if driver.startswith("sqlite"):
        event.listen(engine.sync_engine, "connect", _query_only)
    return engine


def _query_only(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()
