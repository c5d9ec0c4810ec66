"""More stories out of few: whole stories glued together, so that order is not learned by heart."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from bot.conversation import LISTEN
from bot.dialogue.stories import TrainingDialogue, identity_of
from bot.events import ActionRan, Event

ROUNDS: Final = 3
"""At most four stories in a row."""
PER_FACTOR: Final = 10
_SEED: Final = 42


def augmented(stories: Sequence[TrainingDialogue], factor: int) -> list[TrainingDialogue]:
    """Return random combinations of `stories`, each once, at most `PER_FACTOR` per `factor`."""
    chance = Random(_SEED)  # noqa: S311 - chooses training data
    most = PER_FACTOR * factor
    found: dict[object, TrainingDialogue] = {}
    before: Sequence[TrainingDialogue] = stories
    for _ in range(ROUNDS):
        chosen = before if len(before) <= factor else chance.sample(before, factor)
        glued = {
            identity_of(dialogue.events): dialogue
            for first in chosen
            for dialogue in (_glued(first, second) for second in stories)
        }
        found |= glued
        before = list(glued.values())
    dialogues = list(found.values())
    return dialogues if len(dialogues) <= most else chance.sample(dialogues, most)


def _glued(first: TrainingDialogue, second: TrainingDialogue) -> TrainingDialogue:
    events: tuple[Event, ...] = second.events
    opening = events[0] if events else None
    if isinstance(opening, ActionRan) and opening.name == LISTEN:
        events = events[1:]
    return TrainingDialogue(
        name=f"{first.name} + {second.name}", events=(*first.events, *events), place=first.place
    )
