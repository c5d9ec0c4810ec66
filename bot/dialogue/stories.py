"""Stories and rules as training conversations: checkpoints joined, alternatives multiplied."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.conversation import LISTEN, SHOULD_NOT_BE_SET, Conversation
from bot.domain import Domain
from bot.events import ActionRan, Event, LoopSet, SlotSet, UserSaid
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
from bot.types import Entity, Intent, Reading

ANYTHING = "..."
"""Internal action before (and, for rules that do not wait, after) a rule's steps."""
MAX_PATHS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingDialogue:
    """One dialogue to learn from."""

    name: str
    events: tuple[Event, ...]
    is_rule: bool = False
    place: Place | None = None
    """Where it was written; several joined stories begin with their first."""

    @property
    def begins(self) -> str:
        """Return the place as the beginning of a message."""
        where = self.place
        return f"{where.path}:{where.line}:{where.column}: " if where else ""

    def conversation(self, domain: Domain) -> Conversation:
        """Return the dialogue as a conversation."""
        return Conversation.of(self.name, self.events, domain)

    def is_learnable(self, action: ActionRan) -> bool:
        """Tell whether `action`, one of the events, can be learned.

        An action that opens a dialogue has no history to learn from; everything after a user
        message has.
        """
        return action is not self._opening_action()

    def _opening_action(self) -> ActionRan | None:
        for event in self.events:
            if isinstance(event, UserSaid):
                return None
            if isinstance(event, ActionRan) and event.name != LISTEN:
                return event
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    """A part of a story between checkpoints."""

    story: Story
    starts: tuple[CheckpointStep, ...]
    """Empty: opens a dialogue."""
    steps: tuple[Step, ...]
    ends: tuple[str, ...]


def training_dialogues(stories: Iterable[Story], domain: Domain) -> list[TrainingDialogue]:
    """Return all dialogues that `stories` describe, each once."""
    stories = tuple(stories)
    dialogues = [d for story in stories if story.kind == "rule" for d in _rules(story, domain)]
    dialogues += _joined([s for s in stories if s.kind == "story"], domain)
    return dialogues


def _rules(story: Story, domain: Domain) -> Iterator[TrainingDialogue]:
    for steps in _alternatives(story.steps):
        events: list[Event] = []
        _append(events, story.conditions, domain, is_rule=True)
        if not story.is_conversation_start:
            events.append(ActionRan(name=ANYTHING))
        _append(events, steps, domain, is_rule=True)
        if not story.waits_for_user:
            events.append(ActionRan(name=ANYTHING))
        _listen(events)
        yield TrainingDialogue(
            name=story.name, events=tuple(events), is_rule=True, place=story.place
        )


def _joined(stories: Sequence[Story], domain: Domain) -> list[TrainingDialogue]:
    segments = [segment for story in stories for segment in _segments(story)]
    by_start: dict[str, list[_Segment]] = {}
    for segment in segments:
        for start in segment.starts:
            by_start.setdefault(start.name, []).append(segment)
    found: dict[tuple[object, ...], TrainingDialogue] = {}
    for segment in segments:
        if segment.starts:
            continue
        for dialogue in _walk(segment, (), (), (), by_start, domain):
            key = identity_of(dialogue.events)
            found.setdefault(key, dialogue)
            if len(found) >= MAX_PATHS:
                return list(found.values())
    return list(found.values())


def _walk(
    segment: _Segment,
    stories: tuple[Story, ...],
    before: tuple[Event, ...],
    visited: tuple[int, ...],
    by_start: dict[str, list[_Segment]],
    domain: Domain,
) -> Iterator[TrainingDialogue]:
    """Yield the dialogues through `segment`; a segment is passed once per path, so cycles end."""
    visited = (*visited, id(segment))
    stories = stories if segment.story in stories else (*stories, segment.story)
    for steps in _alternatives(segment.steps):
        events = list(before)
        _append(events, steps, domain, is_rule=False)
        if not segment.ends:
            _listen(events)
            name = " + ".join(dict.fromkeys(story.name for story in stories))
            yield TrainingDialogue(name=name, events=tuple(events), place=stories[0].place)
        for end in segment.ends:
            for following in by_start.get(end, ()):
                if id(following) not in visited and _opens(following, end, events, domain):
                    yield from _walk(following, stories, tuple(events), visited, by_start, domain)


def _opens(segment: _Segment, name: str, events: Sequence[Event], domain: Domain) -> bool:
    start = next(start for start in segment.starts if start.name == name)
    if not start.conditions:
        return True
    slots = Conversation.of("checkpoint", events, domain).slots
    return all(slots.get(c.name) == _slot_value(c, domain) for c in start.conditions)


def _segments(story: Story) -> Iterator[_Segment]:
    starts: list[CheckpointStep] = []
    steps: list[Step] = []
    ends: list[CheckpointStep] = []
    for step in story.steps:
        if isinstance(step, CheckpointStep):
            (ends if steps else starts).append(step)
            continue
        if ends:
            yield _segment(story, starts, steps, ends)
            starts, steps, ends = ends, [], []
        steps.append(step)
    if steps:
        yield _segment(story, starts, steps, ends)


def _segment(
    story: Story, starts: list[CheckpointStep], steps: list[Step], ends: list[CheckpointStep]
) -> _Segment:
    return _Segment(
        story=story, starts=tuple(starts), steps=tuple(steps),
        ends=tuple(end.name for end in ends),
    )  # fmt: skip


def _alternatives(steps: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
    """Yield `steps` once per combination of the alternatives in its or-steps."""
    choices = [step.alternatives if isinstance(step, OrStep) else ((step,),) for step in steps]
    for chosen in itertools.product(*choices):
        yield tuple(step for part in chosen for step in part)


def _append(events: list[Event], steps: Iterable[Step], domain: Domain, *, is_rule: bool) -> None:
    absent = SHOULD_NOT_BE_SET if is_rule else None
    for step in steps:
        match step:
            case UserStep():
                _listen(events)
                events.append(_said(step))
                events.extend(entity_slots(step.entities, domain))
            case ActionStep():
                events.append(ActionRan(name=step.name, action_text=step.text))
            case SlotStep():
                value = _slot_value(step, domain)
                events.append(SlotSet(name=step.name, value=absent if value is None else value))
            case LoopStep():
                events.append(LoopSet(name=step.name if step.name is not None else absent))
            case _:
                pass


def _said(step: UserStep) -> UserSaid:
    intent = step.intent.split("/", 1)[0] if step.intent else None
    # A text beside an intent is only for tests; policies learn from the intent.
    text = step.text if intent is None else None
    reading = Reading(
        text=text or "",
        intent=Intent(name=intent, confidence=1.0 if intent else 0.0),
        entities=step.entities,
    )
    return UserSaid(text=text, reading=reading)


def _slot_value(step: SlotStep, domain: Domain) -> object:
    if step.has_value:
        return step.value
    slot = domain.slots.get(step.name)
    kind = slot.type if slot else None
    return {"text": "filled", "list": ["filled"]}.get(kind or "")


def entity_slots(entities: Sequence[Entity], domain: Domain) -> Iterator[SlotSet]:
    """Yield the slots that the entities of a story's user turn fill without conditions.

    An entity without a value sets its slot to an empty text, as in Rasa: the slot is set.
    """
    for slot in domain.slots.values():
        values = [
            "" if entity.value is None else entity.value
            for mapping in slot.mappings
            if mapping.type == "from_entity" and not mapping.conditions
            for entity in entities
            if (entity.name, entity.role, entity.group)
            == (mapping.entity, mapping.role, mapping.group)
        ]
        if values:
            yield SlotSet(name=slot.name, value=values if slot.type == "list" else values[-1])


def _listen(events: list[Event]) -> None:
    last = events[-1] if events else None
    if not (isinstance(last, ActionRan) and last.name == LISTEN):
        events.append(ActionRan(name=LISTEN))


def identity_of(events: Iterable[Event]) -> tuple[object, ...]:
    """Return what two dialogues have in common that teach the same."""
    return tuple(_identity(event) for event in events)


def _identity(event: Event) -> object:
    match event:
        case UserSaid():
            entities = tuple((e.name, repr(e.value), e.role, e.group)
                             for e in event.reading.entities)  # fmt: skip
            return ("user", event.text, event.reading.intent.name, entities)
        case ActionRan():
            return ("action", event.name, event.action_text)
        case SlotSet():
            return ("slot", event.name, repr(event.value))
        case LoopSet():
            return ("loop", event.name)
        case _:
            return event
