"""Vectors in PostgreSQL with its extension pgvector: one index for several machines.

SQLAlchemy speaks to it through asyncpg, in a thread of its own: searches are made by threads.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from knowledge.embedder import FloatArray
from knowledge.errors import IndexUnreachable
from knowledge.index import IntArray, Selection, check_dim
from knowledge.types import Facts, Filters

import numpy as np  # isort: skip

Value = TypeVar("Value")
_Work = Callable[[AsyncConnection], Awaitable[Value]]
BATCH_ROWS: Final = 1_000
"""Of one INSERT."""
POOL_SIZE: Final = 4
TIMEOUT_S: Final = 10.0
"""Of connecting; a search that waits longer helps nobody."""
_LOCK: Final = 0x46726F6E74
"""The advisory lock under which tables are made and changed."""
MIGRATIONS: Final = (
    "CREATE EXTENSION IF NOT EXISTS vector",
    """CREATE TABLE {table} (
        base text NOT NULL, row bigint NOT NULL, segment bigint NOT NULL,
        language text NOT NULL, tags text[] NOT NULL, audience text[] NOT NULL,
        valid_from date, valid_until date, vector vector({dim}) NOT NULL,
        PRIMARY KEY (base, row))""",
    "CREATE INDEX ON {table} USING hnsw (vector vector_ip_ops)",
    "CREATE INDEX ON {table} (base, segment)",
)
"""Statements that were run once, in this order; new ones are only ever added at the end."""
_VALUES: Final = """VALUES (:base, :row, :segment, :language, :tags, :audience, :valid_from,
    :valid_until, CAST(:vector AS vector))"""
_VERSIONS: Final = """CREATE TABLE IF NOT EXISTS knowledge_versions (
    name text PRIMARY KEY, version integer NOT NULL)"""
_FILTER: Final = """(:any_tag OR tags && CAST(:tags AS text[]))
    AND (:any_language OR language = ANY(CAST(:languages AS text[])))
    AND (cardinality(audience) = 0 OR audience && CAST(:audience AS text[]))
    AND (valid_from IS NULL OR valid_from <= :day)
    AND (valid_until IS NULL OR valid_until >= :day)"""


class PostgresIndex:
    """The vectors of one space and base, in a table of the space."""

    def __init__(
        self, url: str, space: str, dim: int, base: str, segments: Collection[int] = ()
    ) -> None:
        """Hold where the table is; nothing is connected yet.

        Args:
            url: Such as `postgresql://user@host/database`.
            space: Names the table: `knowledge_vectors_SPACE_DIM`.
            dim: Length of a vector.
            base: Which base it is; several share the table.
            segments: Those to search.
        """
        self._url, self._space, self._dim, self._base = url, space, dim, base
        self._segments = list(segments)
        self._table = f"knowledge_vectors_{space}_{dim}"

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    def add(
        self, segment: int, rows: IntArray, vectors: FloatArray, facts: Sequence[Facts]
    ) -> None:
        """Insert a segment in one transaction."""
        check_dim(vectors, self._dim)
        values = [
            {
                "base": self._base, "row": int(row), "segment": segment,
                "language": one.language, "tags": list(one.tags),
                "audience": list(one.audience), "valid_from": one.valid_from,
                "valid_until": one.valid_until, "vector": _literal(vector),
            }
            for row, vector, one in zip(rows, vectors, facts, strict=True)
        ]  # fmt: skip

        async def insert(connection: AsyncConnection) -> None:
            await connection.execute(
                text(f"DELETE FROM {self._table} WHERE base = :base AND segment = :segment"),  # noqa: S608
                {"base": self._base, "segment": segment},
            )
            for start in range(0, len(values), BATCH_ROWS):
                await connection.execute(
                    text(f"INSERT INTO {self._table} {_VALUES}"),
                    values[start : start + BATCH_ROWS],
                )

        self._run(insert)

    def remove(self, rows: IntArray) -> None:
        """Delete rows."""
        self._write("row = ANY(:rows)", {"rows": rows.tolist()})

    def of(self, segments: Collection[int]) -> PostgresIndex:
        """Return the index of these segments."""
        return PostgresIndex(self._url, self._space, self._dim, self._base, segments)

    def drop(self, kept: Collection[int]) -> None:
        """Delete the rows of all segments but `kept`."""
        self._write("segment <> ALL(:kept)", {"kept": list(kept)})

    def search(
        self, query: FloatArray, k: int, selection: Selection
    ) -> tuple[FloatArray, IntArray]:
        """Return the nearest selected rows."""
        values = {
            "query": _literal(query), "k": k, "base": self._base, "segments": self._segments,
            **_filter_values(selection.filters),
        }  # fmt: skip

        async def select(connection: AsyncConnection) -> Sequence[Any]:
            # Goes on through the graph until enough rows pass the filter.
            await connection.execute(text("SET LOCAL hnsw.iterative_scan = strict_order"))
            found = await connection.execute(
                text(
                    f"SELECT -(vector <#> CAST(:query AS vector)), row FROM {self._table}"  # noqa: S608
                    f" WHERE base = :base AND segment = ANY(:segments) AND {_FILTER}"
                    " ORDER BY vector <#> CAST(:query AS vector) LIMIT :k"
                ),
                values,
            )
            return found.all()

        found = self._run(select)
        scores, rows = ([one[place] for one in found] for place in (0, 1))
        return np.array(scores, np.float32), np.array(rows, np.int64)

    def cosines(self, query: FloatArray, rows: IntArray) -> FloatArray:
        """Return how near `rows` are, computed by the database."""
        column = "-(vector <#> CAST(:query AS vector))"
        found = self._of_rows(column, rows, {"query": _literal(query)})
        return np.array([found.get(int(row), 0.0) for row in rows], np.float32)

    def vectors(self, rows: IntArray) -> FloatArray:
        """Return the vectors of `rows`."""
        found = self._of_rows("CAST(vector AS real[])", rows, {})
        vectors = np.zeros((len(rows), self._dim), np.float32)
        for place, row in enumerate(rows.tolist()):
            vectors[place] = found.get(row, 0.0)
        return vectors

    def _of_rows(self, column: str, rows: IntArray, values: Mapping[str, Any]) -> dict[int, Any]:
        async def select(connection: AsyncConnection) -> Sequence[Any]:
            found = await connection.execute(
                text(
                    f"SELECT row, {column} FROM {self._table}"  # noqa: S608
                    " WHERE base = :base AND row = ANY(:rows)"
                ),
                {**values, "base": self._base, "rows": rows.tolist()},
            )
            return found.all()

        return dict(map(tuple, self._run(select)))

    def _write(self, condition: str, values: Mapping[str, Any]) -> None:
        async def delete(connection: AsyncConnection) -> None:
            statement = f"DELETE FROM {self._table} WHERE base = :base AND {condition}"  # noqa: S608
            await connection.execute(text(statement), {**values, "base": self._base})

        self._run(delete)

    def _run(self, work: _Work[Value]) -> Value:
        server = _server(self._url)
        try:
            server.run(server.migrate(self._table, self._dim))
            return server.run(server.in_transaction(work))
        except (SQLAlchemyError, OSError) as error:
            place = make_url(self._url).render_as_string(hide_password=True)
            # An SQLAlchemyError would also tell the statement and all its vectors.
            reason = getattr(error, "orig", None) or error
            raise IndexUnreachable(f"the vectors at {place} cannot be used: {reason}") from error


class _Server:
    """The engine of one database, and the thread in which it works."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._migrated: set[str] = set()
        self._engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=POOL_SIZE,
            pool_pre_ping=True,
            connect_args={"timeout": TIMEOUT_S},
        )

    def run(self, work: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def in_transaction(self, work: _Work[Value]) -> Value:
        async with self._engine.begin() as connection:
            return await work(connection)

    async def migrate(self, table: str, dim: int) -> None:
        """Run the statements that this table has not seen yet."""
        if table in self._migrated:
            return
        async with self._engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await connection.execute(text(_VERSIONS))
            found = await connection.execute(
                text("SELECT version FROM knowledge_versions WHERE name = :name"), {"name": table}
            )
            for statement in MIGRATIONS[found.scalar() or 0 :]:
                await connection.execute(text(statement.format(table=table, dim=dim)))
            await connection.execute(
                text(
                    "INSERT INTO knowledge_versions VALUES (:name, :version)"
                    " ON CONFLICT (name) DO UPDATE SET version = :version"
                ),
                {"name": table, "version": len(MIGRATIONS)},
            )
        self._migrated.add(table)


def _server(url: str) -> _Server:
    with _opening:
        return _opened(url)


_opened = functools.cache(_Server)
_opening: Final = threading.Lock()


def _filter_values(filters: Filters) -> dict[str, Any]:
    day: date = filters.day
    return {
        "any_tag": not filters.tags, "tags": list(filters.tags),
        "any_language": not filters.languages, "languages": list(filters.languages),
        "audience": list(filters.audience), "day": day,
    }  # fmt: skip


def _literal(vector: FloatArray) -> str:
    return f"[{','.join(map(str, vector.tolist()))}]"
