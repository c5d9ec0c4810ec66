"""What a network learns from stories: sequences of states, each with what followed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.conversation import LISTEN
from bot.dialogue.examples import label
from bot.dialogue.history import History
from bot.dialogue.state import UNLIKELY, DialogueState, is_unlikely
from bot.dialogue.stories import TrainingDialogue
from bot.dialogue.vocabulary import Embed, Rows, Vocabulary
from bot.domain import Domain
from bot.events import ActionRan

NOTHING = -1
"""Marks a step from which nothing is learned: it is known from another story."""
MAX_WINDOW = 64


@dataclass(frozen=True, slots=True)
class Episode:
    """Consecutive steps of one dialogue; equally long arrays."""

    rows: NDArray[np.int64]
    """Which state."""
    actions: NDArray[np.int64]
    """Which action follows, or `NOTHING`."""
    contexts: NDArray[np.int64]
    """Row of `Lessons.intents` with what users say next, or `NOTHING`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """All that is learned from."""

    vocabulary: Vocabulary
    states: Rows
    """float32 [different states, width]."""
    action_names: tuple[str, ...]
    intent_names: tuple[str, ...]
    intents: Rows
    """float32 [different histories, intents]: 1 where the intent follows."""
    sequences: tuple[Episode, ...]
    window: int
    """How many states count."""
    reachable: float
    """Share of steps that can be predicted; stories may contradict each other."""


def lessons_of(
    dialogues: Sequence[TrainingDialogue], domain: Domain, max_history: int | None, embed: Embed
) -> Lessons:
    """Return what `dialogues` teach; every history counts once."""
    paths = [_path(dialogue, domain) for dialogue in dialogues]
    window = max_history or min(MAX_WINDOW, max((len(path) for path in paths), default=1))
    numbers: dict[str, int] = {}
    states: list[DialogueState] = []
    for path in paths:
        for step in path:
            step.row = numbers.setdefault(step.key, len(numbers))
            if step.row == len(states):
                states.append(step.state)
    histories = _Histories(paths, window)
    has_text = any(state.get("user", {}).get("text") for state in states)
    text_size = embed(["?"]).shape[1] if has_text else 0
    vocabulary = Vocabulary.of(states, text_size)
    return Lessons(
        vocabulary=vocabulary,
        states=vocabulary.rows(states, embed),
        action_names=histories.action_names,
        intent_names=histories.intent_names,
        intents=histories.intents(),
        sequences=tuple(histories.sequences()),
        window=window,
        reachable=histories.reachable(),
    )


@dataclass(slots=True)
class _Step:
    """A state and what followed."""

    state: DialogueState
    key: str
    action: str | None
    """None where it cannot be learned."""
    next_intent: str | None
    row: int = 0


def _path(dialogue: TrainingDialogue, domain: Domain) -> list[_Step]:
    history = History.of(dialogue.conversation(domain), domain)
    states = history.states()
    actions = [event for event in history.events if isinstance(event, ActionRan)]
    steps: list[_Step] = []
    for index, action in enumerate(actions):
        state = states[index]
        if is_unlikely(state):
            continue
        # What was unlikely is no part of the history: the next action is learned instead.
        real = next((a for a in actions[index:] if a.name != UNLIKELY), action)
        said = states[index + 1].get("user", {}).get("intent") if real.name == LISTEN else None
        steps.append(
            _Step(
                state=state,
                key=json.dumps(state, sort_keys=True),
                action=label(real) if dialogue.is_learnable(real) else None,
                next_intent=said if index + 1 < len(actions) else None,
            )
        )
    return steps


class _Histories:
    """Tells equal histories apart from new ones, as far as the window reaches."""

    def __init__(self, paths: Sequence[Sequence[_Step]], window: int) -> None:
        self._paths = paths
        self._window = window
        steps = [step for path in paths for step in path]
        self.action_names = tuple(sorted({s.action for s in steps if s.action}))
        self.intent_names = tuple(sorted({s.next_intent for s in steps if s.next_intent}))
        self._actions: dict[int, Counter[str]] = defaultdict(Counter)
        self._intents: dict[int, set[str]] = defaultdict(set)
        for path in paths:
            for step, key in self._keyed(path):
                if step.action:
                    self._actions[key][step.action] += 1
                if step.next_intent:
                    self._intents[key].add(step.next_intent)
        self._contexts = {key: row for row, key in enumerate(self._intents)}

    def _keyed(self, path: Sequence[_Step]) -> Iterator[tuple[_Step, int]]:
        """Yield each step with a key of the states up to it."""
        for end in range(1, len(path) + 1):
            rows = tuple(step.row for step in path[max(0, end - self._window) : end])
            yield path[end - 1], hash(rows)

    def sequences(self) -> Iterator[Episode]:
        known: set[tuple[int, str]] = set()
        known_contexts: set[int] = set()
        actions = {name: number for number, name in enumerate(self.action_names)}
        for path in self._paths:
            targets, contexts = [], []
            for step, key in self._keyed(path):
                is_new = step.action is not None and (key, step.action) not in known
                known.add((key, step.action or ""))
                targets.append(actions[step.action] if is_new and step.action else NOTHING)
                context = self._contexts.get(key, NOTHING) if step.next_intent else NOTHING
                contexts.append(NOTHING if context in known_contexts else context)
                known_contexts.add(context)
            yield from self._trimmed([step.row for step in path], targets, contexts)

    def _trimmed(
        self, rows: list[int], targets: list[int], contexts: list[int]
    ) -> Iterator[Episode]:
        """Yield the part that teaches something, with the history that it needs."""
        useful = [i for i, pair in enumerate(zip(targets, contexts, strict=True)) if max(pair) >= 0]
        if not useful:
            return
        start, end = max(0, useful[0] - self._window + 1), useful[-1] + 1
        yield Episode(
            np.array(rows[start:end]), np.array(targets[start:end]), np.array(contexts[start:end])
        )

    def intents(self) -> Rows:
        rows = np.zeros((len(self._contexts), len(self.intent_names)), np.float32)
        numbers = {name: number for number, name in enumerate(self.intent_names)}
        for key, row in self._contexts.items():
            rows[row, [numbers[name] for name in self._intents[key]]] = 1.0
        return rows

    def reachable(self) -> float:
        counts: Iterable[Counter[str]] = self._actions.values()
        different = sum(len(counter) for counter in counts)
        return len(self._actions) / different if different else 1.0
