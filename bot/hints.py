"""Wake-up hints inside one process. A hint only says "look again"; the truth is in the store.

A lost hint costs one poll interval, never an event. Frames of typing and of answers in the making
are the only things carried here, because they are never stored.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.types import ConversationId, Reply

MAX_FRAMES = 32
MAX_ANSWERS = 1024


@dataclass(slots=True, eq=False)
class Subscription:
    """One reader's bell and its frames."""

    bell: asyncio.Event = field(default_factory=asyncio.Event)
    frames: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MAX_FRAMES))

    async def wait(self, *, timeout_s: float) -> None:
        """Return when the bell rang, at the latest after `timeout_s`; the bell is silent again."""
        try:
            # Not wait_for: in Python 3.11 it swallows a cancellation that meets the bell's ring
            # (https://github.com/python/cpython/issues/86296).
            async with asyncio.timeout(timeout_s):
                await self.bell.wait()
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
        self._askers: dict[int, set[Subscription]] = {}
        self._answers: OrderedDict[int, tuple[Reply, ...] | None] = OrderedDict()

    def changed(self, conversation_id: ConversationId) -> None:
        """Ring for who reads `conversation_id` or everything."""
        for reader in self._audience(conversation_id):
            reader.bell.set()

    def answered(self, inbox_id: int, replies: tuple[Reply, ...] | None) -> None:
        """Pass on what answered a message, None where only the store knows it."""
        self._answers[inbox_id] = replies
        if len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)
        for asker in self._askers.get(inbox_id, ()):
            asker.bell.set()

    def answer(self, inbox_id: int) -> tuple[bool, tuple[Reply, ...] | None]:
        """Return whether the message is known to be answered here, and by what."""
        return inbox_id in self._answers, self._answers.get(inbox_id)

    @contextmanager
    def asking(self, inbox_id: int) -> Iterator[Subscription]:
        """Subscribe to the answer of one message while the block runs."""
        subscription = Subscription()
        self._askers.setdefault(inbox_id, set()).add(subscription)
        try:
            yield subscription
        finally:
            self._askers[inbox_id].discard(subscription)
            if not self._askers[inbox_id]:
                del self._askers[inbox_id]

    def accepted(self) -> None:
        """Ring for the worker."""
        self.inbox.bell.set()

    def outgoing(self) -> None:
        """Ring for the sender."""
        self.outbox.bell.set()

    def scheduled(self) -> None:
        """Ring for who waits for the next reminder."""
        self.timers.bell.set()

    def typing(self, conversation_id: ConversationId, frame: dict[str, Any]) -> None:
        """Pass a frame to who reads `conversation_id` or everything."""
        for reader in self._audience(conversation_id):
            reader.frames.append(frame | {"conversation_id": conversation_id})
            reader.bell.set()

    def draft(self, conversation_id: ConversationId, text: str) -> None:
        """Show what the bot has written so far to who reads `conversation_id`; "" takes it back."""
        bot = {"kind": "bot", "name": None}
        self.typing(conversation_id, {"t": "draft", "from": bot, "text": text})

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
