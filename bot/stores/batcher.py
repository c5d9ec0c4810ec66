"""Group commit: what arrives while one transaction is written joins the next one.

Waiting for nothing, it makes one disk flush serve up to `cap` messages under load and adds no delay
when idle. A row that the database refuses does not fail the others of its batch.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from bot.errors import StoreError
from bot.stores.refusal import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

_log = structlog.get_logger(__name__)


class Batcher(Generic[Item, Result]):
    """Writes items in batches, one batch at a time, in the order of their arrival."""

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Result | StoreError]]],
        *,
        name: str,
        cap: int = 200,
        bound: int = 10_000,
    ) -> None:
        """Hold `write`, which stores a batch in one transaction.

        Args:
            write: Returns one result per item; a `StoreError` in it fails that item alone.
            name: What is written, for logs.
            cap: The most items in a transaction.
            bound: The most items that may wait; more are refused at once.
        """
        self._write, self._name, self._cap, self._bound = write, name, cap, bound
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._wake = asyncio.Event()
        self._is_open = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._is_open = True
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Write what waits, then stop; later items are refused."""
        self._is_open = False
        self._wake.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def put(self, item: Item) -> Result:
        """Return the item's result after its transaction is on disk.

        Raises:
            StoreError: it was not written: refused, too many wait, or the store is closed.
        """
        if not self._is_open:
            raise StoreError("the store is closed; open it first")
        if len(self._waiting) >= self._bound:
            raise StoreError(f"{self._bound} writes wait already; try again later")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._wake.set()
        return await future

    async def _run(self) -> None:
        while self._is_open or self._waiting:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                size = min(len(self._waiting), self._cap)
                await self._store([self._waiting.popleft() for _ in range(size)])

    async def _store(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        results = await self._attempt([item for item, _ in batch])
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():  # its caller was cancelled
                continue
            if isinstance(result, StoreError):
                future.set_exception(result)
            else:
                future.set_result(result)

    async def _attempt(self, items: Sequence[Item]) -> Sequence[Result | StoreError]:
        """Return one result per item, writing them one by one if they fail together."""
        try:
            return await self._write(items)
        except Unavailable as error:
            return [error] * len(items)
        except Exception as error:  # noqa: BLE001 - reaches the callers; a dead writer would let them wait for ever
            if len(items) == 1:
                _log.warning("store_row_refused", writer=self._name, problem=str(error))
                return [error if isinstance(error, StoreError) else _refused(error)]
        one_by_one: list[Result | StoreError] = []
        for item in items:
            one_by_one.extend(await self._attempt([item]))
        return one_by_one


def _refused(error: Exception) -> StoreError:
    refused = StoreError(f"cannot be stored: {error}")
    refused.__cause__ = error
    return refused
