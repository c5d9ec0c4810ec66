"""Markers: points in conversations that somebody wants to find, as Rasa's `markers.yml` has them.

A marker says for every event of a session whether it applies there. Two things differ from Rasa
3.6, which does not do what its documentation says: negations such as `not_intent` negate, and a
sequence that one session began is not finished by the next.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.conversation import SESSION_START
from bot.domain import Domain, action_names
from bot.events import ActionRan, Event, SlotSet, UserSaid

Applies = list[bool]
"""One truth per event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Looks at single events; `text` names an action, an intent or a slot."""

    tag: str
    text: str
    is_negated: bool = False

    def applies(self, events: Sequence[Event]) -> Applies:
        """Return at which of the session's events the condition holds."""
        return _negated(_CONDITIONS[self.tag](self.text, events), self.is_negated)

    def relevant(self, events: Sequence[Event]) -> list[int]:
        """Return the places to report."""
        return _places(self.applies(events))

    def conditions(self) -> Iterator[Condition]:
        """Iterate over all conditions of the marker."""
        yield self


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Combines what other markers say."""

    tag: str
    parts: tuple[Marker, ...]
    is_negated: bool = False

    def applies(self, events: Sequence[Event]) -> Applies:
        """Return at which of the session's events the combination holds."""
        told = [part.applies(events) for part in self.parts]
        return _negated(_OPERATORS[self.tag](told), self.is_negated)

    def relevant(self, events: Sequence[Event]) -> list[int]:
        """Return the places to report; of what holds on and on, only the first."""
        places = _places(self.applies(events))
        return places[:1] if self.tag == ONCE else places

    def conditions(self) -> Iterator[Condition]:
        """Iterate over all conditions of the marker."""
        for part in self.parts:
            yield from part.conditions()


Marker = Condition | Operator
ACTION, INTENT, SLOT = "action", "intent", "slot_was_set"
AND, OR, NOT, SEQUENCE, ONCE = "and", "or", "not", "seq", "at_least_once"
NEGATIONS: Mapping[str, str] = {
    "not_action": ACTION,
    "not_intent": INTENT,
    "slot_was_not_set": SLOT,
    "at_least_one_not": AND,
    "never": ONCE,
}
"""Another name of a condition or operator → what it turns round."""
SINGLE = (NOT, ONCE)
"""Operators over exactly one marker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An event where a marker applies."""

    event_index: int
    """Counted over the whole conversation."""
    user_turns: int
    """How many messages of the user came before, in the session."""


Session = dict[str, list[Found]]
"""What was found in one session, by the name of the marker."""


def evaluate(markers: Mapping[str, Marker], events: Sequence[Event]) -> list[Session]:
    """Return what `markers` find in each session of a conversation."""
    return [_evaluated(markers, events[start:end], start) for start, end in _session_spans(events)]


def unknown_names(markers: Mapping[str, Marker], domain: Domain) -> Iterator[str]:
    """Iterate over complaints about what the domain does not have."""
    known = {ACTION: set(action_names(domain)), INTENT: domain.intents, SLOT: domain.slots}
    words = {ACTION: "action", INTENT: "intent", SLOT: "slot"}
    for name, marker in markers.items():
        for condition in marker.conditions():
            if condition.text not in known[condition.tag]:
                yield f"`{name}`: the domain has no {words[condition.tag]} `{condition.text}`"


def _evaluated(markers: Mapping[str, Marker], events: Sequence[Event], start: int) -> Session:
    said = [isinstance(event, UserSaid) for event in events]
    before = [0, *itertools.accumulate(map(int, said))]
    return {
        name: [Found(event_index=start + n, user_turns=before[n]) for n in marker.relevant(events)]
        for name, marker in markers.items()
    }


def _session_spans(events: Sequence[Event]) -> list[tuple[int, int]]:
    """Return where sessions begin and end; what comes before the first one is in none."""
    starts = [
        number
        for number, event in enumerate(events)
        if isinstance(event, ActionRan) and event.name == SESSION_START
    ]
    return list(itertools.pairwise([*(starts or [0]), len(events)]))


def _ran(name: str, events: Sequence[Event]) -> Applies:
    return [isinstance(event, ActionRan) and event.name == name for event in events]


def _meant(name: str, events: Sequence[Event]) -> Applies:
    return [isinstance(event, UserSaid) and name in _intents(event) for event in events]


def _intents(message: UserSaid) -> tuple[str, str]:
    """Return the intent and, of a retrieval intent, the full name."""
    full = message.reading.intent.name or ""
    return full.split("/", 1)[0], full


def _is_set(name: str, events: Sequence[Event]) -> Applies:
    applies, is_set = [], False
    for event in events:
        if isinstance(event, SlotSet) and event.name == name:
            is_set = event.value is not None
        applies.append(is_set)
    return applies


def _in_order(told: Sequence[Applies]) -> Applies:
    """Return where the last of a sequence applies, after all others in turn; then it begins anew.

    One event takes the sequence on by one step only.
    """
    applies, step = [], 0
    for row in zip(*told, strict=True):
        step += row[step]
        applies.append(step == len(told))
        step %= len(told)
    return applies


def _so_far(told: Sequence[Applies]) -> Applies:
    return list(itertools.accumulate(told[0], lambda before, now: before or now))


def _negated(applies: Applies, is_negated: bool) -> Applies:
    return [not one for one in applies] if is_negated else applies


def _places(applies: Applies) -> list[int]:
    return [number for number, is_so in enumerate(applies) if is_so]


_CONDITIONS: Mapping[str, Callable[[str, Sequence[Event]], Applies]] = {
    ACTION: _ran,
    INTENT: _meant,
    SLOT: _is_set,
}
_OPERATORS: Mapping[str, Callable[[Sequence[Applies]], Applies]] = {
    AND: lambda told: [all(row) for row in zip(*told, strict=True)],
    OR: lambda told: [any(row) for row in zip(*told, strict=True)],
    NOT: lambda told: _negated(told[0], is_negated=True),
    SEQUENCE: _in_order,
    ONCE: _so_far,
}
TAGS = (*_CONDITIONS, *_OPERATORS, *NEGATIONS)
CONDITIONS = tuple(_CONDITIONS)
