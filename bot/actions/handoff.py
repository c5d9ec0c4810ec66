"""`action_handoff`: the conversation goes to a person."""

from __future__ import annotations

from bot.actions.action import World
from bot.conversation import Conversation
from bot.events import Event, HandoffRequested


async def hand_off(
    conversation: Conversation, world: World, *, reason: str | None = None
) -> list[Event]:
    """Say so, if the domain has words for it, and ask for a person."""
    told = conversation.slots.get("handoff_reason") or conversation.latest_intent or "asked"
    # An NLG server need not know our own response.
    has_words = "utter_handoff" in world.domain.responses
    words = await world.say("utter_handoff", conversation) if has_words else []
    return [*words, HandoffRequested(reason=reason or str(told))]
