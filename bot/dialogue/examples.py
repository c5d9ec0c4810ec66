"""Training examples: the states before an action, and the action."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.dialogue.history import History
from bot.dialogue.state import DialogueState
from bot.dialogue.stories import TrainingDialogue
from bot.domain import Domain
from bot.events import ActionRan


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """After `states`, `action` is right."""

    states: tuple[DialogueState, ...]
    action: str


def examples(
    dialogues: Iterable[TrainingDialogue], domain: Domain, *, omit_unset_slots: bool = False
) -> Iterator[Example]:
    """Yield what can be learned from `dialogues`."""
    for dialogue in dialogues:
        history = History.of(dialogue.conversation(domain), domain)
        states = history.states(omit_unset_slots=omit_unset_slots)
        actions = [e for e in history.events if isinstance(e, ActionRan)]
        for count, action in enumerate(actions, start=1):
            if dialogue.is_learnable(action):
                yield Example(states=tuple(states[:count]), action=label(action))


def label(action: ActionRan) -> str:
    """Return what identifies `action`: its name, or its text when it is end to end."""
    return action.name or action.action_text or ""


def key_of(states: Sequence[DialogueState]) -> str:
    """Return `states` as the text by which they are looked up."""
    return json.dumps(states, sort_keys=True, ensure_ascii=False)


def lookup_of(pairs: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    """Return key → action, without the keys that lead to different actions."""
    lookup: dict[str, str] = {}
    ambiguous: set[str] = set()
    for key, action in pairs:
        if key is None or key in ambiguous:
            continue
        if lookup.setdefault(key, action) != action:
            ambiguous.add(key)
            del lookup[key]
    return lookup
