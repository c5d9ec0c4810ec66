"""Actions that run over several turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.actions.action import World
from bot.conversation import Conversation
from bot.events import Event, LoopSet


class Loop(Protocol):
    """The parts of a loop; each gets the events of the present execution so far."""

    name: str

    async def activate(self, conversation: Conversation, world: World) -> list[Event]:
        """Return what starting adds."""
        ...

    async def is_done(self, conversation: Conversation, so_far: Sequence[Event]) -> bool:
        """Tell whether the loop ends now."""
        ...

    async def do(
        self, conversation: Conversation, world: World, so_far: Sequence[Event]
    ) -> list[Event]:
        """Return what one execution adds."""
        ...

    async def deactivate(
        self, conversation: Conversation, world: World, so_far: Sequence[Event]
    ) -> list[Event]:
        """Return what ending adds."""
        ...


async def run_loop(loop: Loop, conversation: Conversation, world: World) -> list[Event]:
    """Execute `loop` once: start it if it is not active, go on, and end it when it is done."""
    events: list[Event] = []
    if conversation.loop_name != loop.name:
        events.append(LoopSet(name=loop.name))
        events += await loop.activate(conversation, world)
    if not await loop.is_done(conversation, events):
        events += await loop.do(conversation, world, events)
    if await loop.is_done(conversation, events):
        events.append(LoopSet(name=None))
        events += await loop.deactivate(conversation, world, events)
    return events
