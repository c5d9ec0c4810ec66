"""What customers asked, and who answered: a fold over the events of stored conversations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.actions.knowledge import NAME as ANSWER_FROM_KNOWLEDGE
from bot.actions.knowledge import TALK_TO_PERSON
from bot.events import (
    BotSaid,
    Event,
    HandoffRequested,
    OperatorJoined,
    OperatorSaid,
    Resolved,
    UserSaid,
    is_external,
)
from bot.stores.history import read_history

FALLBACKS: Final = frozenset({"action_default_fallback", "utter_no_answer"})
"""Actions by which a bot says that it does not know."""
NAME_ENTITIES: Final = frozenset({"person", "per", "name", "customer_name", "人名", "姓名"})


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A question of a customer, and what came of it."""

    conversation_id: str
    question: str
    asked_at: datetime
    language: str | None = None
    is_unanswered: bool = False
    """The bot said that it does not know."""
    led_to_person: bool = False
    """A person was asked for before the customer asked anything else."""
    answers: list[str] = field(default_factory=list[str])
    """What an operator said before the customer wrote again."""
    is_resolved: bool = False
    """The conversation was closed afterwards."""
    names: frozenset[str] = frozenset()
    """Of people, as far as the conversation tells them."""


async def read_exchanges(url: str) -> AsyncIterator[Exchange]:
    """Iterate over the exchanges in the store at `url`, by conversation, which a server may use.

    Raises:
        StoreError: no store has such a URL.
    """
    current, events = "", list[Event]()
    async for conversation_id, stored in read_history(url):
        if conversation_id != current:
            for exchange in exchanges_of(current, events):
                yield exchange
            current, events = conversation_id, []
        events.append(stored.event)
    for exchange in exchanges_of(current, events):
        yield exchange


def exchanges_of(conversation_id: str, events: Iterable[Event]) -> Iterator[Exchange]:
    """Iterate over the exchanges of one conversation."""
    found: list[Exchange] = []
    names: set[str] = set()
    for event in events:
        names.update(_names(event))
        if isinstance(event, UserSaid) and not is_external(event) and not _asks_for_person(event):
            found.append(_exchange(conversation_id, event))
        elif isinstance(event, Resolved):
            for exchange in found:
                exchange.is_resolved = True
        elif found:
            _note(found[-1], event)
    for exchange in found:
        exchange.names = frozenset(names)
        yield exchange


def _note(exchange: Exchange, event: Event) -> None:
    """Note what came of the latest question."""
    match event:
        case OperatorSaid(text=text):
            exchange.answers.append(text)
        case HandoffRequested():
            exchange.led_to_person = True
        case BotSaid() if _says_no_answer(event):
            exchange.is_unanswered = True
        case _:
            pass


def _exchange(conversation_id: str, event: UserSaid) -> Exchange:
    return Exchange(
        conversation_id=conversation_id,
        question=(event.text or "").strip(),
        asked_at=event.at,
        language=event.reading.language,
    )


def _asks_for_person(event: UserSaid) -> bool:
    """Return whether a message asks nothing itself: a button's payload, or a call for a person."""
    text = (event.text or "").strip()
    return not text or text.startswith("/") or event.reading.intent.name == TALK_TO_PERSON[1:]


def _says_no_answer(event: BotSaid) -> bool:
    """Return whether the bot said that it does not know: in its words, or by offering a person."""
    names = {event.metadata.get("action"), event.metadata.get("utter_action")}
    offers_person = any(button.payload == TALK_TO_PERSON for button in event.reply.buttons)
    is_left_open = ANSWER_FROM_KNOWLEDGE in names and not event.reply.sources and offers_person
    return is_left_open or not names.isdisjoint(FALLBACKS)


def _names(event: Event) -> Iterator[str]:
    """Iterate over the names of people that an event tells."""
    match event:
        case OperatorJoined(operator_name=name):
            yield name
        case UserSaid(reading=reading):
            for entity in reading.entities:
                if entity.name.lower() in NAME_ENTITIES and isinstance(entity.value, str):
                    yield entity.value
        case _:
            return
