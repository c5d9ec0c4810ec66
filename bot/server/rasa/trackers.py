"""Conversations as the API shows them: Rasa's tracker, without what only Frontdesk records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.conversation import Conversation, Verbosity
from bot.domain import Domain
from bot.events import BotSaid, Event, HistoryReplaced
from bot.formats.events import is_ours, reading_to_rasa, to_rasa
from bot.server.desk import Desk
from bot.stores.store import StoredEvent
from bot.types import ConversationId, Reading

EXPLANATION = ("action", "policy", "confidence", "passages")
"""What bot events carry for the console, on top of Rasa's metadata."""
LANGUAGE = "language"
"""The key of a `parse_data` that Rasa does not have."""


async def stored_tracker(desk: Desk, key: ConversationId, domain: Domain) -> Conversation:
    """Return the latest session of `key`, with the one before it if the latest turn began it.

    So much is what Rasa's own store keeps; an unknown conversation is empty.
    """
    stored = await desk.store.events(key)
    turns = [item.inbox_id for item in stored if item.inbox_id is not None]
    if not turns:
        return conversation_of(key, stored, domain).replayed()
    return _around(key, stored, turns[-1], domain)[1].replayed()


async def session_tracker(desk: Desk, key: ConversationId, domain: Domain) -> Conversation:
    """Return the latest session of conversation `key`, empty if it is unknown."""
    stored = await desk.store.events(key)
    return conversation_of(key, stored, domain).current_session().replayed()


async def around_turn(
    desk: Desk, key: ConversationId, inbox_id: int
) -> tuple[Conversation, Conversation]:
    """Return the latest session before the turn of `inbox_id`, and as the turn left it."""
    stored = await desk.store.events(key)
    return _around(key, stored, inbox_id, desk.model.domain)


def _around(
    key: ConversationId, stored: Sequence[StoredEvent], inbox_id: int, domain: Domain
) -> tuple[Conversation, Conversation]:
    """Return the latest session before a turn, and with what followed."""
    first = next((n for n, item in enumerate(stored) if item.inbox_id == inbox_id), len(stored))
    before = conversation_of(key, stored[:first], domain).current_session().replayed()
    new = [item.event for item in stored[first:]]
    if any(isinstance(event, HistoryReplaced) for event in new):
        return before, conversation_of(key, stored, domain)
    return before, before.after(*(event for event in new if not is_ours(event)))


def conversation_of(
    key: ConversationId, stored: Iterable[StoredEvent], domain: Domain
) -> Conversation:
    """Return the conversation that has the stored events."""
    events = (item.event for item in stored)
    full = Conversation.of(key, events, domain, channel="rest", sender_id=key)
    ours = tuple(event for event in full.events if not is_ours(event))
    return Conversation.of(key, ours, domain, channel="rest", sender_id=key)


def tracker_json(conversation: Conversation, verbosity: Verbosity) -> dict[str, Any]:
    """Return the conversation as Rasa prints its tracker."""
    tracker = conversation.tracker_dict(event_json, verbosity)
    tracker["latest_message"] = _without(tracker["latest_message"], LANGUAGE)
    return tracker


def event_json(event: Event) -> dict[str, Any]:
    """Return an event without our additions."""
    data = to_rasa(event)
    if isinstance(event, BotSaid):
        data["metadata"] = _without(data["metadata"], *EXPLANATION)
    if "parse_data" in data:
        data["parse_data"] = _without(data["parse_data"], LANGUAGE)
    return data


def reading_json(reading: Reading) -> dict[str, Any]:
    """Return what was understood, without our additions."""
    return _without(reading_to_rasa(reading), LANGUAGE)


def _without(data: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in keys}
