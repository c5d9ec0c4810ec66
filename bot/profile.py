"""What a customer told about themselves and their orders: a fold over a conversation's events.

Standard library only. Nothing is guessed beyond what understanding found in what they wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.events import Event, UserSaid, is_external
from bot.types import Entity, Reading, Relation

LEAST_CONFIDENCE: Final = 0.6
"""Of a relation; below, a person would be told too many wrong things."""
MAX_FACTS: Final = 40
WRITER: Final = frozenset(
    {"i", "me", "my", "mine", "we", "us", "our", "我", "我们", "俺", "咱", "咱们"}
)
"""Words for who writes, whom a profile need not name."""
_PASSING: Final = frozenset({"time", "number", "ordinal", "duration", "distance"})
"""Entities that tell nothing about a customer on their own."""
_SINGLE: Final = frozenset({"lives_in"})
"""Relations of which the latest counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of a profile."""

    kind: str
    """Name of the relation, or of the entity."""
    value: str
    about: str | None = None
    """What the value belongs to, such as the product that has a defect; None for the customer."""
    is_relation: bool
    at_event: int
    """Place of the message that told it among the events, from 0."""


def profile_of(events: Iterable[Event]) -> tuple[Fact, ...]:
    """Return what the customer's messages tell, in the order in which it was told last.

    What is told twice is listed once; of what can be true once only, the latest counts.
    """
    facts: dict[tuple[str, ...], Fact] = {}
    for place, event in enumerate(events):
        if not isinstance(event, UserSaid) or is_external(event):
            continue
        for fact in _told(event.reading, place):
            key = _key(fact)
            facts.pop(key, None)
            facts[key] = fact
    kept = [fact for fact in facts.values() if fact.is_relation or not _is_mentioned(fact, facts)]
    return tuple(kept[-MAX_FACTS:])


def _is_mentioned(entity: Fact, facts: Mapping[tuple[str, ...], Fact]) -> bool:
    """Return whether a relation says more about the same thing."""
    value = entity.value.lower()
    return any(
        fact.is_relation and value in (fact.value.lower(), (fact.about or "").lower())
        for fact in facts.values()
    )


def _told(reading: Reading, place: int) -> Iterator[Fact]:
    for entity in reading.entities:
        if entity.name not in _PASSING and entity.value not in (None, ""):
            yield Fact(kind=entity.name, value=_said(entity), is_relation=False, at_event=place)
    for relation in reading.relations:
        if relation.confidence >= LEAST_CONFIDENCE:
            yield _fact(relation, place)


def _fact(relation: Relation, place: int) -> Fact:
    head = _said(relation.head)
    is_writer = relation.head.name == "person" and head.lower() in WRITER
    return Fact(
        kind=relation.name,
        value=_said(relation.tail),
        about=None if is_writer else head,
        is_relation=True,
        at_event=place,
    )


def _said(entity: Entity) -> str:
    """Return the entity in words; amounts and the like carry their own text."""
    return str(entity.extra.get("text") or entity.value)


def _key(fact: Fact) -> tuple[str, ...]:
    if fact.kind in _SINGLE:
        return (fact.kind, (fact.about or "").lower())
    return (fact.kind, (fact.about or "").lower(), fact.value.lower())
