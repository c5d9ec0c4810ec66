"""Forms: asking for the required slots one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.actions import slots
from bot.actions.action import Rejected, World
from bot.actions.loops import run_loop
from bot.conversation import LISTEN, REQUESTED_SLOT, Conversation
from bot.domain import Domain
from bot.errors import ActionError
from bot.events import ActionRan, ActionRejected, Event, LoopSet, SlotSet


async def run_form(name: str, conversation: Conversation, world: World) -> list[Event]:
    """Execute form `name` once.

    Raises:
        Rejected: a slot was asked for and the message fills none of the form's slots.
    """
    return await run_loop(Form(name, world.domain), conversation, world)


@dataclass(slots=True)
class Form:
    """One form as a loop."""

    name: str
    domain: Domain

    @property
    def required(self) -> tuple[str, ...]:
        """The slots to fill, in the order of the domain."""
        form = self.domain.forms.get(self.name)
        return form.required_slots if form else ()

    @property
    def validator(self) -> str:
        """The custom action that validates this form."""
        return f"validate_{self.name}"

    async def activate(self, conversation: Conversation, world: World) -> list[Event]:
        """Extract again, now with the form active, and validate what is filled already."""
        active = conversation.after(LoopSet(name=self.name))
        extracted = slots.slot_events(await slots.extract_slots(active, world))
        active = active.after(*extracted)
        filled = {n: active.slots.get(n) for n in self.required if active.slots.get(n) is not None}
        validated = await self._validated(filled, active, world)
        names = {event.name for event in slots.slot_events(validated)}
        return [*validated, *(event for event in extracted if event.name not in names)]

    async def is_done(self, conversation: Conversation, so_far: Sequence[Event]) -> bool:
        """The form ends when no slot is requested any more, or an event ended it."""
        if any(isinstance(event, ActionRejected) for event in so_far):
            return False
        requested = _last_requested(so_far)
        loop = next((e for e in reversed(so_far) if isinstance(e, LoopSet)), None)
        nothing_asked = requested is not None and requested.value is None
        return nothing_asked or (loop is not None and loop.name is None)

    async def do(
        self, conversation: Conversation, world: World, so_far: Sequence[Event]
    ) -> list[Event]:
        """Validate the user's answer and ask for the next slot."""
        events: list[Event] = []
        if all(isinstance(event, LoopSet) for event in so_far):
            events += await self._checked_answer(conversation, world)
            if any(isinstance(event, ActionRejected) for event in events):
                return events
        return [*events, *await self._ask_next(conversation, world, [*so_far, *events])]

    async def deactivate(
        self, conversation: Conversation, world: World, so_far: Sequence[Event]
    ) -> list[Event]:
        """Nothing is left to do."""
        return []

    async def _checked_answer(self, conversation: Conversation, world: World) -> list[Event]:
        loop = conversation.active_loop
        if loop and (conversation.latest_action_name != LISTEN or loop.is_interrupted):
            # Back from an interruption: nothing to validate, but the validator picks the slot.
            return await self._validated({}, conversation, world)
        requested = self._requested(conversation)
        names = {*self.required, *([requested] if requested else [])}
        answers = {
            event.name: event.value
            for event in slots.slot_events(conversation.since_user())
            if event.name in names
        }
        events = await self._validated(answers, conversation, world)
        is_filled = any(e.name != REQUESTED_SLOT for e in slots.slot_events(events))
        if requested and not answers and not is_filled and not _is_rejection(events):
            raise Rejected(self.name, f"the message does not fill '{requested}'")
        return events

    async def _validated(
        self, candidates: Mapping[str, Any], conversation: Conversation, world: World
    ) -> list[Event]:
        """Return what the validator makes of `candidates`.

        Those that it does not mention stand as they are: the extraction has set them.
        """
        if not world.lists(self.validator):
            return []
        if world.server is None:
            raise ActionError(f"{self.validator}: no action server is configured")
        proposed = [SlotSet(name=name, value=value) for name, value in candidates.items()]
        seen = self._imagined(conversation, proposed)
        return await world.server.run(self.validator, seen, world)

    async def _ask_next(
        self, conversation: Conversation, world: World, so_far: Sequence[Event]
    ) -> list[Event]:
        if await self.is_done(conversation, so_far):
            return [SlotSet(name=REQUESTED_SLOT, value=None)]
        asked = [e for e in slots.slot_events(so_far) if e.name == REQUESTED_SLOT]
        seen = self._imagined(conversation, so_far)
        events: list[Event] = []
        slot = asked[0].value if asked else None
        if slot is None:
            slot = next((n for n in self.required if seen.slots.get(n) is None), None)
            events.append(SlotSet(name=REQUESTED_SLOT, value=slot))
        if slot is None:
            return events
        return [*events, *await self._ask(slot, seen, world)]

    async def _ask(self, slot: str, conversation: Conversation, world: World) -> list[Event]:
        from bot.actions.perform import perform

        for name in (
            f"action_ask_{self.name}_{slot}",
            f"utter_ask_{self.name}_{slot}",
            f"action_ask_{slot}",
            f"utter_ask_{slot}",
        ):
            if name in world.domain.actions or name in world.domain.responses:
                return await perform(name, conversation, world)
        return []

    def _imagined(self, conversation: Conversation, events: Sequence[Event]) -> Conversation:
        """Return how things would stand; the form's own execution marks which events are new."""
        requested = SlotSet(name=REQUESTED_SLOT, value=self._requested(conversation))
        return conversation.since_restart().after(requested, ActionRan(name=self.name), *events)

    def _requested(self, conversation: Conversation) -> str | None:
        """Return the slot that this form asked for; another form's question is none of its own."""
        if conversation.loop_name != self.name:
            return None
        return conversation.slots.get(REQUESTED_SLOT)


def _is_rejection(events: Sequence[Event]) -> bool:
    return any(isinstance(event, ActionRejected) for event in events)


def _last_requested(events: Sequence[Event]) -> SlotSet | None:
    found = [e for e in slots.slot_events(events) if e.name == REQUESTED_SLOT]
    return found[-1] if found else None
