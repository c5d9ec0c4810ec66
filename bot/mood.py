"""How a customer feels over a whole conversation: a fold over what they say. Standard library only.

`temper` is one number in [-1, 1]: 1 is anger, 0 calm, below 0 content. An angry message sets it to
1. A negative one adds to what is left of it, so that two in a row count more than one. Whatever
else is said lets it fade.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from bot.events import Event, UserSaid, is_external
from bot.types import Sentiment

Mood = Literal["angry", "upset", "calm", "pleased"]

ANGRY_FROM = 0.5
"""Probability of anger from which a message counts as angry."""
FADES_TO = 0.7
"""Share of the temper that is left after a message without a feeling."""
HALF = 0.5
"""Share of the temper that is left before another feeling is added."""
STEP = 0.35
"""What a negative message adds, and a positive one takes."""
ANGRY, UPSET, PLEASED = 0.8, 0.5, -0.3
"""From where a temper is called so; one message after an angry one it is upset, then calm."""


def temper_after(temper: float, sentiment: Sentiment | None) -> float:
    """Return the temper after a message; one without a sentiment changes nothing."""
    if sentiment is None:
        return temper
    if sentiment.anger >= ANGRY_FROM:
        return 1.0
    match sentiment.label:
        case "negative":
            return HALF * temper + STEP
        case "positive":
            return HALF * min(temper, HALF) - STEP
        case _:
            return FADES_TO * temper


def temper_of(events: Iterable[Event]) -> float:
    """Return the temper after `events`."""
    temper = 0.0
    for event in events:
        if isinstance(event, UserSaid) and not is_external(event):
            temper = temper_after(temper, event.reading.sentiment)
    return temper


def mood_of(temper: float) -> Mood:
    """Return what a temper is called."""
    if temper >= ANGRY:
        return "angry"
    if temper >= UPSET:
        return "upset"
    return "pleased" if temper <= PLEASED else "calm"


def priority_of(temper: float) -> int:
    """Return the place among those who wait: 2 before 1 before 0."""
    return {"angry": 2, "upset": 1}.get(mood_of(temper), 0)
