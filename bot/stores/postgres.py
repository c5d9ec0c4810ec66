"""PostgreSQL: a pool of connections, shared by any number of processes."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine

from bot.stores.connection import Work

T = TypeVar("T")

CONNECT_TIMEOUT_S, COMMAND_TIMEOUT_S = 10, 60


class Postgres:
    """One PostgreSQL database."""

    def __init__(self, url: URL) -> None:
        """Make the pool; connections open at first use."""
        self._engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            pool_size=10,
            max_overflow=10,
            pool_timeout=CONNECT_TIMEOUT_S,
            pool_pre_ping=True,
            connect_args={"timeout": CONNECT_TIMEOUT_S, "command_timeout": COMMAND_TIMEOUT_S},
        )

    async def write(self, work: Work[T], *, flush: bool = True) -> T:
        """Return what `work` returns, once its transaction is on disk; see `Work` for `flush`."""
        async with self._engine.begin() as connection:
            if not flush:
                await connection.execute(text("SET LOCAL synchronous_commit TO off"))
            return await work(connection)

    async def read(self, work: Work[T]) -> T:
        """Return what `work` reads."""
        return await self.write(work)

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()
