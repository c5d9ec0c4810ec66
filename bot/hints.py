"""Wake-up hints inside one process. A hint only says "look again"; the truth is in the store.

A lost hint costs one poll interval, never an event. Typing frames are the only things carried here,
because they are never stored.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.types import ConversationId

MAX_TYPING_FRAMES = 32


@dataclass(slots=True, eq=False)
class Subscription:
    """One reader's bell and its typing frames."""

    bell: asyncio.Event = field(default_factory=asyncio.Event)
    frames: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MAX_TYPING_FRAMES))

    async def wait(self, *, timeout_s: float) -> None:
        """Return when the bell rang, at the latest after `timeout_s`; the bell is silent again."""
        try:
            await asyncio.wait_for(self.bell.wait(), timeout_s)
        except TimeoutError:
            return
        finally:
            self.bell.clear()


class Hints:
    """Bells for the worker, the sender, the timers, and the readers of conversations."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self.inbox = Subscription()
        self.outbox = Subscription()
        self.timers = Subscription()
        self._readers: defaultdict[str, set[Subscription]] = defaultdict(set)

    def changed(self, conversation_id: ConversationId) -> None:
        """Ring for the sender and for who reads `conversation_id` or everything."""
        self.outbox.bell.set()
        for reader in self._audience(conversation_id):
            reader.bell.set()

    def accepted(self) -> None:
        """Ring for the worker."""
        self.inbox.bell.set()

    def scheduled(self) -> None:
        """Ring for who waits for the next reminder."""
        self.timers.bell.set()

    def typing(self, conversation_id: ConversationId, frame: dict[str, Any]) -> None:
        """Pass a typing frame to who reads `conversation_id` or everything."""
        for reader in self._audience(conversation_id):
            reader.frames.append(frame | {"conversation_id": conversation_id})
            reader.bell.set()

    @contextmanager
    def reading(self, conversation_id: ConversationId | None) -> Iterator[Subscription]:
        """Subscribe to one conversation, or to all with None, while the block runs."""
        key, subscription = conversation_id or "", Subscription()
        self._readers[key].add(subscription)
        try:
            yield subscription
        finally:
            self._readers[key].discard(subscription)
            if not self._readers[key]:
                del self._readers[key]

    def _audience(self, conversation_id: ConversationId) -> tuple[Subscription, ...]:
        found = self._readers.get(conversation_id, set()) | self._readers.get("", set())
        return tuple(found)
