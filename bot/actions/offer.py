"""Offers a person to a customer whom the bot has made angry."""

from __future__ import annotations

from bot.actions.action import World
from bot.actions.handoff import hand_off
from bot.conversation import Conversation
from bot.events import BotSaid, Event, HandoffRequested, UserSaid
from bot.mood import UPSET, temper_of

OFFER = "utter_offer_person"
"""The response that offers a person; without it the conversation is handed over at once."""
REASON = "angry"
REPEATED_AFTER = 5
"""Messages of the customer after which a declined or unseen offer is made again."""


async def offer_person(conversation: Conversation, world: World) -> list[Event]:
    """Return the offer, if the customer is angry or unhappy again and again; else nothing.

    Nothing is offered to who was offered it lately, or is handed over already.
    """
    events = conversation.events_after_restart()
    if temper_of(events) < UPSET or _was_offered(events):
        return []
    if OFFER in world.domain.responses:
        return await world.say(OFFER, conversation)
    return await hand_off(conversation, world, reason=REASON)


def _was_offered(events: tuple[Event, ...]) -> bool:
    messages = 0
    for event in reversed(events):
        if isinstance(event, HandoffRequested):
            return True
        if isinstance(event, BotSaid) and event.reply.metadata.get("utter_action") == OFFER:
            return True
        messages += isinstance(event, UserSaid)
        if messages > REPEATED_AFTER:
            return False
    return False
