"""Waits before calls, so that a platform's rates are kept rather than its refusals counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from connectors.channel import Rate
from connectors.errors import RateLimited
from connectors.push import Address

LONGEST_WAIT_S = 5.0
"""Longer waits go back to the outbox: a row's lease must not run out while it waits here."""
_TICK_S = 0.01


class Throttle:
    """The buckets of one account: all chats together, each chat, each group."""

    def __init__(self, rates: Sequence[Rate]) -> None:
        """Start with empty buckets for `rates`."""
        self.rates = rates
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

    async def wait(self, address: Address) -> None:
        """Return when a message to `address` is within every rate.

        Raises:
            RateLimited: that would take longer than `LONGEST_WAIT_S`.
        """
        for rate in self.rates:
            if rate.scope == "group" and not address.is_group:
                continue
            key = "account" if rate.scope == "account" else address.chat
            await self._take(rate, key)

    async def _take(self, rate: Rate, key: str) -> None:
        item = RateLimitItemPerSecond(rate.amount, rate.per_s, namespace=rate.scope)
        while not await self.limiter.hit(item, key):
            stats = await self.limiter.get_window_stats(item, key)
            wait_s = max(stats.reset_time - time.time(), _TICK_S)
            if wait_s > LONGEST_WAIT_S:
                raise RateLimited(wait_s)
            await asyncio.sleep(wait_s)
