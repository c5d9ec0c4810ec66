"""The actions that every bot has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.actions.action import Run, World, said
from bot.actions.loops import run_loop
from bot.actions.slots import extract_slots
from bot.conversation import LISTEN, REQUESTED_SLOT, Conversation
from bot.events import (
    ActionRan,
    Event,
    LoopSet,
    Restarted,
    Rewound,
    SessionStarted,
    SlotSet,
    UserSaid,
)
from bot.types import Button, Reply

FALLBACK_INTENT = "nlu_fallback"
DENIAL_INTENT = "out_of_scope"
TWO_STAGE = "action_two_stage_fallback"


async def listen(conversation: Conversation, world: World) -> list[Event]:
    """Wait for the user."""
    return []


async def restart(conversation: Conversation, world: World) -> list[Event]:
    """Forget everything."""
    return [*await world.say("utter_restart", conversation), Restarted()]


async def session_start(conversation: Conversation, world: World) -> list[Event]:
    """Start a session; slots are carried over if the domain wants it."""
    events: list[Event] = [SessionStarted()]
    if world.domain.session.carries_over_slots:
        events += [
            SlotSet(name=event.name, value=event.value)
            for event in conversation.applied_events()
            if isinstance(event, SlotSet)
        ]
    return [*events, ActionRan(name=LISTEN)]


async def default_fallback(conversation: Conversation, world: World) -> list[Event]:
    """Say that nothing was understood and undo the user's turn."""
    return [*await world.say("utter_default", conversation), Rewound()]


async def deactivate_loop(conversation: Conversation, world: World) -> list[Event]:
    """End the running form."""
    return [LoopSet(name=None), SlotSet(name=REQUESTED_SLOT, value=None)]


async def back(conversation: Conversation, world: World) -> list[Event]:
    """Undo the request to go back and the turn before it."""
    return [*await world.say("utter_back", conversation), Rewound(), Rewound()]


async def unlikely_intent(conversation: Conversation, world: World) -> list[Event]:
    """Do nothing; only marks that the intent was unexpected."""
    return []


async def ask_rephrase(conversation: Conversation, world: World) -> list[Event]:
    """Ask the user to say it in other words."""
    return await world.say("utter_ask_rephrase", conversation)


async def ask_affirmation(conversation: Conversation, world: World) -> list[Event]:
    """Ask whether the likeliest intent is meant."""
    message = conversation.latest_message
    intent = conversation.latest_intent
    if message and intent == FALLBACK_INTENT and len(message.reading.ranking) > 1:
        intent = message.reading.ranking[1].name
    reply = Reply(
        text=f"Did you mean '{intent}'?",
        buttons=(
            Button(title="Yes", payload=f"/{intent}"),
            Button(title="No", payload=f"/{DENIAL_INTENT}"),
        ),
        metadata={"utter_action": "action_default_ask_affirmation"},
    )
    return [said(reply)]


async def two_stage_fallback(conversation: Conversation, world: World) -> list[Event]:
    """Ask what was meant, then to rephrase, then give up."""
    return await run_loop(TwoStageFallback(), conversation, world)


@dataclass(slots=True)
class TwoStageFallback:
    """The dialogue after a message that was not understood."""

    name: str = TWO_STAGE

    async def activate(self, conversation: Conversation, world: World) -> list[Event]:
        """Nothing beyond the first question."""
        return []

    async def do(
        self, conversation: Conversation, world: World, so_far: Sequence[Event]
    ) -> list[Event]:
        """Ask for affirmation, or to rephrase after a denial."""
        is_new = any(isinstance(event, LoopSet) for event in so_far)
        if is_new or conversation.latest_intent == FALLBACK_INTENT:
            return await _perform("action_default_ask_affirmation", conversation, world)
        return await _perform("action_default_ask_rephrase", conversation, world)

    async def is_done(self, conversation: Conversation, so_far: Sequence[Event]) -> bool:
        """The user made it clear, or failed to a second time."""
        return _is_clear(conversation) or _has_failed(conversation)

    async def deactivate(
        self, conversation: Conversation, world: World, so_far: Sequence[Event]
    ) -> list[Event]:
        """Give up, or replace the unclear exchange by the clear message."""
        if _has_failed(conversation):
            return await _perform("action_default_fallback", conversation, world)
        return [*_undo_unclear(conversation, so_far), *_clear_message(conversation)]


async def _perform(name: str, conversation: Conversation, world: World) -> list[Event]:
    """Return what action `name` leads to; the user's own one where the domain lists it."""
    from bot.actions.perform import perform

    return await perform(name, conversation, world)


def _is_clear(conversation: Conversation) -> bool:
    return conversation.latest_intent not in (FALLBACK_INTENT, DENIAL_INTENT)


def _has_failed(conversation: Conversation) -> bool:
    said_so = [
        event.reading.intent.name
        for event in reversed(conversation.events_after_restart())
        if isinstance(event, UserSaid)
    ]
    return said_so[:2] == [FALLBACK_INTENT] * 2 or said_so[:3] == [
        DENIAL_INTENT, FALLBACK_INTENT, DENIAL_INTENT,
    ]  # fmt: skip


def _undo_unclear(conversation: Conversation, so_far: Sequence[Event]) -> list[Event]:
    """Return rewinds until the last message before the unclear exchange."""
    # With its own execution recorded, the loop's turns collapse and one rewind mostly suffices.
    rewinds: list[Event] = [Rewound()]
    before = conversation.after(ActionRan(name=TWO_STAGE), *so_far, *rewinds)
    while before.latest_message and not (_is_clear(before) or _has_failed(before)):
        before = before.after(Rewound())
        rewinds.append(Rewound())
    return rewinds


def _clear_message(conversation: Conversation) -> list[Event]:
    message = conversation.latest_message
    if message is None:
        return []
    intent = replace(message.reading.intent, confidence=1.0)
    sure = replace(message, reading=replace(message.reading, intent=intent))
    return [ActionRan(name=LISTEN), sure]


BUILTIN: dict[str, Run] = {
    "action_listen": listen,
    "action_restart": restart,
    "action_session_start": session_start,
    "action_default_fallback": default_fallback,
    "action_deactivate_loop": deactivate_loop,
    "action_back": back,
    "action_unlikely_intent": unlikely_intent,
    "action_default_ask_affirmation": ask_affirmation,
    "action_default_ask_rephrase": ask_rephrase,
    TWO_STAGE: two_stage_fallback,
    "action_extract_slots": extract_slots,
}
