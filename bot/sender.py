"""Delivers outbox rows through their channel, in order per conversation, with dead letters.

Retries use exponential backoff with full jitter and honour the channel's `retry_after_s`. A crash
between the call and the mark sends the same idempotency key again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bot.errors import StoreError
from bot.hints import Hints
from bot.stores.store import Delivery, Store
from bot.types import Deliver

log = structlog.get_logger()

POLL_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderLimits:
    """How deliveries are tried."""

    batch: int = 32
    """Deliveries at the same moment."""
    lease_s: float = 30.0
    max_attempts: int = 8
    first_backoff_s: float = 0.5
    max_backoff_s: float = 300.0


class Sender:
    """Sends what the outbox holds."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Deliver],
        hints: Hints,
        limits: SenderLimits = SenderLimits(),
    ) -> None:
        """Hold the parts; `channels` maps channel names to who delivers for them."""
        self.store, self.channels, self.hints, self.limits = store, channels, hints, limits
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send until cancelled."""
        try:
            while True:
                if not await self._claim_some():
                    await self.hints.outbox.wait(timeout_s=POLL_S)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _claim_some(self) -> bool:
        """Start a task per due row; return whether more may be due.

        A slow platform so holds up nobody else's messages.
        """
        free = self.limits.batch - len(self._tasks)
        if free <= 0:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            return True
        try:
            deliveries = await self.store.claim_deliveries(limit=free, lease_s=self.limits.lease_s)
        except StoreError as error:
            log.warning("sender.store_refused", problem=str(error))
            return False
        for delivery in deliveries:
            task = asyncio.create_task(self._deliver(delivery))
            self._tasks.add(task)
            task.add_done_callback(self._done)
        return len(deliveries) == free

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # The conversation's next row is due now.
        self.hints.outbox.bell.set()
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, StoreError):
            log.warning("sender.store_refused", problem=str(error))
        else:
            log.error("sender.task_failed", exc_info=error)

    async def _deliver(self, delivery: Delivery) -> None:
        channel = self.channels.get(delivery.outbound.channel)
        if channel is None:
            await self.store.bury_delivery(delivery, problem="no such channel is running")
            return
        try:
            provider_id = await channel.send(delivery.outbound)
        except Exception as error:  # noqa: BLE001 - a channel is a plug-in: whatever it raises becomes a retry
            await self._failed(delivery, error)
            return
        await self.store.mark_sent(delivery, provider_id=provider_id)

    async def _failed(self, delivery: Delivery, error: Exception) -> None:
        problem = f"{type(error).__name__}: {error}"
        is_final = bool(getattr(error, "is_permanent", False))
        if is_final or delivery.attempts >= self.limits.max_attempts:
            log.error("delivery.buried", outbox_id=delivery.id, problem=problem)
            await self.store.bury_delivery(delivery, problem=problem)
            return
        log.warning("delivery.retried", outbox_id=delivery.id, problem=problem)
        await self.store.retry_delivery(
            delivery, in_s=self._backoff_s(delivery.attempts, error), problem=problem
        )

    def _backoff_s(self, attempts: int, error: Exception) -> float:
        """Return the pause before the next try: the channel's wish, else full jitter."""
        wished = getattr(error, "retry_after_s", None)
        if wished is not None:
            return float(wished)
        ceiling = min(self.limits.max_backoff_s, self.limits.first_backoff_s * 2**attempts)
        return random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret
