"""Test stories as scripts: what happens one after the other, with the place of every step."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.dialogue.stories import entity_slots
from bot.domain import Domain
from bot.project import (
    ActionStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    Place,
    SlotStep,
    Step,
    Story,
    UserStep,
)

JOIN = " > "
"""Between the names of stories that checkpoints join, as Rasa writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One way through a test story."""

    name: str
    path: str
    """The file of the (first) story."""
    steps: tuple[UserStep | ActionStep | SlotStep | LoopStep, ...]
    place: Place | None = None

    @property
    def title(self) -> str:
        """The name with the file, as reports show it."""
        return f"{self.name} ({self.path})" if self.path else self.name


def scripts(stories: Sequence[Story], domain: Domain) -> Iterator[Script]:
    """Yield every way through `stories`: alternatives multiplied, checkpoints joined.

    Entities that fill slots are followed by the steps that say so, as in training. Stories come
    in the order of Rasa's reports, and a story that says the same as an earlier one is left out.
    """
    parts = [part for story in stories for part in _parts(story)]
    # Rasa sorts its numbers as texts, "10_" before "1_"; reports are compared line by line.
    numbered = sorted(enumerate(parts, start=1), key=lambda pair: f"{pair[0]}_")
    seen: set[str] = set()
    for _, part in numbered:
        for script in () if part.starts else _walk(part, (), parts, domain):
            content = repr([_without_place(step) for step in script.steps])
            if content not in seen:
                seen.add(content)
                yield script


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a story between checkpoints."""

    story: Story
    starts: tuple[str, ...]
    steps: tuple[Step, ...]
    ends: tuple[str, ...]


def _parts(story: Story) -> Iterator[_Part]:
    starts: list[str] = []
    steps: list[Step] = []
    ends: list[str] = []
    for step in story.steps:
        if isinstance(step, CheckpointStep):
            (ends if steps else starts).append(step.name)
            continue
        if ends:
            yield _Part(story, tuple(starts), tuple(steps), tuple(ends))
            starts, steps, ends = ends, [], []
        steps.append(step)
    if steps or not story.steps:
        yield _Part(story, tuple(starts), tuple(steps), tuple(ends))


def _walk(
    part: _Part, before: tuple[_Part, ...], parts: Sequence[_Part], domain: Domain
) -> Iterator[Script]:
    """Yield the scripts through `part`; a part is passed once per way, so that cycles end."""
    way = (*before, part)
    following = [
        other
        for other in parts
        if other not in way and any(start in part.ends for start in other.starts)
    ]
    for other in following:
        yield from _walk(other, way, parts, domain)
    if not following:
        yield from _scripts_of(way, domain)


def _scripts_of(way: Sequence[_Part], domain: Domain) -> Iterator[Script]:
    steps = [step for part in way for step in part.steps]
    names = dict.fromkeys(part.story.name for part in way)
    place = way[0].story.place
    choices = [step.alternatives if isinstance(step, OrStep) else ((step,),) for step in steps]
    for chosen in itertools.product(*choices):
        flat = [step for group in chosen for step in group]
        yield Script(
            name=JOIN.join(names),
            path=place.path if place else "",
            steps=tuple(_with_slots(flat, domain)),
            place=place,
        )


def _with_slots(
    steps: Sequence[Step], domain: Domain
) -> Iterator[UserStep | ActionStep | SlotStep | LoopStep]:
    for step in steps:
        match step:
            case UserStep():
                yield step
                for slot in entity_slots(step.entities, domain):
                    yield SlotStep(name=slot.name, value=slot.value, place=step.place)
            case SlotStep(name=name, has_value=False):
                yield SlotStep(name=name, value=_default(name, domain), place=step.place)
            case ActionStep() | SlotStep() | LoopStep():
                yield step
            case _:
                pass


def _without_place(step: Step) -> Step:
    return replace(step, place=None)


def _default(name: str, domain: Domain) -> object:
    """Return the value that a slot has which a story only names."""
    slot = domain.slots.get(name)
    return {"text": "filled", "list": ["filled"]}.get(slot.type) if slot else None
