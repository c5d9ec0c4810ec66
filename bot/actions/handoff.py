"""`action_handoff`: the conversation goes to a person."""

from __future__ import annotations

import asyncio

from bot.actions.action import World
from bot.conversation import Conversation
from bot.events import Event, HandoffRequested
from bot.nlg.summary import summarise
from bot.nlg.transcript import lines


async def hand_off(
    conversation: Conversation, world: World, *, reason: str | None = None
) -> list[Event]:
    """Say so, if the domain has words for it, and ask for a person."""
    told = conversation.slots.get("handoff_reason") or conversation.latest_intent or "asked"
    # An NLG server need not know our own response.
    has_words = "utter_handoff" in world.domain.responses
    words = await world.say("utter_handoff", conversation) if has_words else []
    metadata = await _in_short(conversation, world)
    return [*words, HandoffRequested(reason=reason or str(told), metadata=metadata)]


async def _in_short(conversation: Conversation, world: World) -> dict[str, str]:
    """Return a title for the queue, and a summary where a language model writes one."""
    events = conversation.events_after_restart()
    message = conversation.latest_message
    language = (message.reading.language if message else None) or "en"
    written = await world.answering.summary([str(line) for line in lines(events)], language)
    summary = await asyncio.to_thread(summarise, events)
    return {"title": summary.title, "summary": written}
