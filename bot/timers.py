"""Moves due reminders to the inbox, at their time: it sleeps until the next one is due.

Any number of processes may do so side by side; the store moves each reminder once.
"""

from __future__ import annotations

import structlog

from bot.errors import StoreError
from bot.hints import Hints
from bot.stores.store import Store

log = structlog.get_logger()

POLL_S = 1.0
"""How long to sleep at most: another process may have set a reminder and died."""
BATCH = 100


class Timers:
    """Fires reminders."""

    def __init__(self, store: Store, hints: Hints) -> None:
        """Hold the parts; `run` starts the work."""
        self.store, self.hints = store, hints

    async def run(self) -> None:
        """Fire reminders until cancelled."""
        while True:
            try:
                pause_s = await self._fire()
            except StoreError as error:
                log.warning("timers.store_refused", problem=str(error))
                pause_s = POLL_S
            if pause_s > 0:
                await self.hints.timers.wait(timeout_s=min(pause_s, POLL_S))

    async def _fire(self) -> float:
        """Fire what is due; return in how many seconds to look again."""
        due_s = await self.store.next_timer_s()
        if due_s is None:
            return POLL_S
        if due_s <= 0:
            fired = await self.store.fire_timers(limit=BATCH)
            if fired:
                log.info("timers.fired", count=fired, late_s=round(-due_s, 3))
                self.hints.accepted()
            return 0.0
        return due_s
