"""Verdicts over test stories: which steps went as written, which did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.events import Event
from bot.formats import markup
from bot.project import Step
from bot.types import Entity, Reading

UNLIKELY = "action_unlikely_intent"
NOTHING = "None"
"""The label of an entity that one side does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One step that went differently."""

    path: str
    line: int
    expected: str
    predicted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One event of a played story, and what the bot made of it."""

    event: Event
    step: Step | None = None
    predicted: str | None = None
    """The predicted action, when it is not the story's."""
    reading: Reading | None = None
    """What was understood, where the story's text was read and is not what the story says."""
    is_after_unlikely: bool = False
    """The intent was found unlikely before this action was predicted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The action that a story says, and the one that was predicted."""

    expected: str
    predicted: str
    policy: str | None = None
    confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Labels of the story and of the bot, in order."""

    actions: tuple[Choice, ...] = ()
    intents: tuple[tuple[str, str], ...] = ()
    """(expected, predicted)."""
    entities: tuple[tuple[str, tuple[Entity, ...], tuple[Entity, ...]], ...] = ()
    """(text, expected, predicted) of each text that was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryVerdict:
    """How one test story went; it passed when nothing differs."""

    name: str
    mismatches: tuple[Mismatch, ...]
    played: tuple[Played, ...] = ()
    """The story's events, in order."""
    pairs: Pairs = field(default_factory=Pairs)

    @property
    def is_passed(self) -> bool:
        """Return whether every step went as written."""
        return not self.mismatches

    @property
    def has_warning(self) -> bool:
        """Return whether it passed although an intent was found unlikely."""
        return self.is_passed and any(item.is_after_unlikely for item in self.played)


def summarise(verdicts: Sequence[StoryVerdict]) -> dict[str, float | int]:
    """Return Rasa's `conversation_accuracy`: accuracy ∈ [0, 1] and counts."""
    correct = sum(verdict.is_passed for verdict in verdicts)
    total = len(verdicts)
    return {
        "accuracy": correct / total if total else 0.0,
        "correct": correct,
        "with_warnings": sum(verdict.has_warning for verdict in verdicts),
        "total": total,
    }


def same_entities(left: Sequence[Entity], right: Sequence[Entity]) -> bool:
    """Tell whether two readings of a text hold the same entities, whatever their order.

    As in Rasa's tests of stories, roles and groups are not compared.
    """
    return sorted(map(_identity, left)) == sorted(map(_identity, right))


def labels(verdicts: Sequence[StoryVerdict]) -> list[tuple[str, str]]:
    """Return all (expected, predicted) labels: actions, then intents, then entities."""
    pairs = [verdict.pairs for verdict in verdicts]
    found = [(choice.expected, choice.predicted) for one in pairs for choice in one.actions]
    found += [pair for one in pairs for pair in one.intents]
    for one in pairs:
        for text, expected, predicted in one.entities:
            found += _aligned(text, expected, predicted)
    return found


def _aligned(
    text: str, expected: Sequence[Entity], predicted: Sequence[Entity]
) -> Iterator[tuple[str, str]]:
    """Yield what stands at the same place of `text` side by side."""
    left = {(e.start, e.end, e.name): e for e in expected}
    right = {(e.start, e.end, e.name): e for e in predicted}
    for key in sorted(left.keys() | right.keys(), key=repr):
        yield _label(text, left.get(key)), _label(text, right.get(key))


def _label(text: str, entity: Entity | None) -> str:
    if entity is None:
        return NOTHING
    surface = text[entity.start : entity.end]
    plain = replace(entity, start=0, end=len(surface), role=None, group=None)
    return markup.render(surface, (plain,))


def _identity(entity: Entity) -> tuple[str, ...]:
    return entity.name, repr(entity.start), repr(entity.end), str(entity.value)
