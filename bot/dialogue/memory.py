"""Policies that repeat the stories they have seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.conversation import LISTEN
from bot.dialogue.examples import examples, key_of, lookup_of
from bot.dialogue.history import History
from bot.dialogue.policy import Prediction
from bot.dialogue.state import (
    DialogueState,
    RuleOnly,
    is_after_listen,
    is_unlikely,
    with_user_input,
)
from bot.dialogue.stories import TrainingDialogue
from bot.domain import Domain
from bot.events import ActionRan


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoizationPolicy:
    """Predicts the action that followed the same states in a story."""

    name: str = "MemoizationPolicy"
    priority: int = 3
    max_history: int | None = None
    """How many states count; None for all."""
    uses_nlu_confidence: bool = False
    forgets: bool = False
    """Whether to retry without the oldest turns (AugmentedMemoizationPolicy)."""
    lookup: Mapping[str, str] = field(default_factory=dict)
    rule_only: RuleOnly = RuleOnly()
    longest: int = 0
    """The most states that any key has; longer histories need not be built."""
    endings: frozenset[tuple[str, ...]] = frozenset()
    """What may have happened last in a key, the latest first; see `_happened`."""

    @classmethod
    def of(cls, name: str, settings: Mapping[str, Any]) -> MemoizationPolicy:
        """Return the untrained policy that a configuration entry describes."""
        return cls(
            name=name,
            priority=int(settings.get("priority", 3)),
            max_history=settings.get("max_history"),
            uses_nlu_confidence=bool(settings.get("use_nlu_confidence_as_score", False)),
            forgets=name == "AugmentedMemoizationPolicy",
        )

    def train(
        self, dialogues: Iterable[TrainingDialogue], domain: Domain, rule_only: RuleOnly
    ) -> MemoizationPolicy:
        """Return the policy that remembers the stories among `dialogues`."""
        stories = (d for d in dialogues if not d.is_rule)
        pairs = ((key_of(self._recent(ex.states)), ex.action) for ex in examples(stories, domain))
        return self._remembering(lookup_of(pairs), rule_only)

    def _remembering(self, lookup: Mapping[str, str], rule_only: RuleOnly) -> MemoizationPolicy:
        keys = [json.loads(key) for key in lookup]
        return replace(
            self,
            lookup=lookup,
            rule_only=rule_only,
            longest=max((len(key) for key in keys), default=0),
            endings=frozenset(ending for key in keys for ending in _endings(key)),
        )

    def predict(self, history: History) -> Prediction:
        """Return the remembered action, or nothing."""
        states = self._states(history)
        action = self._recall_likely(history, states)
        if action is None and self.forgets:
            action = self._recall_by_forgetting(states, history)
        return Prediction(
            policy=self.name,
            priority=self.priority,
            scores={action: self._score(history)} if action is not None else {},
        )

    def _states(self, history: History) -> list[DialogueState]:
        """Return as many states as a key may have, and one more to see that there are more."""
        limit = self.max_history or self.longest + 1
        states = history.visible_states(self.rule_only, limit)
        # The latest turn is looked up by its intent; a state never holds both intent and text.
        return with_user_input(states, use_text=False)

    def _recall_likely(self, history: History, states: list[DialogueState]) -> str | None:
        """Look `states` up; when that fails, as if no intent had been unlikely."""
        action = self._recall(states)
        if action is None and any(is_unlikely(state) for state in states):
            more = history.visible_states(self.rule_only, 2 * len(states))
            likely = [state for state in more if not is_unlikely(state)]
            action = self._recall(self._recent(with_user_input(likely, use_text=False)))
        return action

    def _recent(self, states: Iterable[DialogueState]) -> list[DialogueState]:
        states = list(states)
        return states[-self.max_history :] if self.max_history else states

    def _recall(self, states: list[DialogueState]) -> str | None:
        return self.lookup.get(key_of(states)) if len(states) <= self.longest else None

    def _recall_by_forgetting(self, states: list[DialogueState], history: History) -> str | None:
        """Drop the oldest action until something is remembered; slots set before it go too."""
        starts = history.latest_actions(self._most_in_common(states, history) + 1)
        for start in self._within_reach(starts, history):
            rest = tuple(history.events[start:])
            shorter = History.of(replace(history.conversation, events=rest), history.domain)
            retried = self._states(shorter)
            if retried == states:
                continue
            states = retried
            if (action := self._recall_likely(shorter, states)) is not None:
                return action
        return None

    def _within_reach(self, starts: Sequence[int], history: History) -> Sequence[int]:
        """Return those of the actions `starts` that may come first.

        They reach back to the user turn in which the last `max_history` actions begin.
        """
        older = starts[: -self.max_history] if self.max_history else []
        for number in range(len(older) - 1, -1, -1):
            event = history.events[older[number]]
            if isinstance(event, ActionRan) and event.name == LISTEN:
                return starts[number:]
        return starts

    def _most_in_common(self, states: Sequence[DialogueState], history: History) -> int:
        """Return how many of the latest states a key may match after older ones are forgotten.

        What happened then stays the same; only its slots, and the state before it, change.
        """
        if history.has_hidden(self.longest) or any(is_unlikely(state) for state in states):
            return self.longest
        ending: tuple[str, ...] = ()
        for state in reversed(states):
            ending = (*ending, _happened(state))
            if ending not in self.endings:
                return len(ending) - 1
        return len(ending)

    def _score(self, history: History) -> float:
        message = history.conversation.latest_message
        if self.uses_nlu_confidence and message:
            return message.reading.intent.confidence
        return 1.0

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as JSON."""
        return {
            "name": self.name,
            "priority": self.priority,
            "max_history": self.max_history,
            "uses_nlu_confidence": self.uses_nlu_confidence,
            "forgets": self.forgets,
            "lookup": dict(self.lookup),
            "rule_only": self.rule_only.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> MemoizationPolicy:
        """Return the policy that `to_dict` wrote."""
        settings = {k: v for k, v in data.items() if k not in ("lookup", "rule_only")}
        return cls(**settings)._remembering(data["lookup"], RuleOnly.from_dict(data["rule_only"]))


def _endings(key: Sequence[DialogueState]) -> Iterator[tuple[str, ...]]:
    """Yield what happened last in `key`, of every length, the latest first."""
    happened = [_happened(state) for state in reversed(key)]
    for length in range(1, len(happened) + 1):
        yield tuple(happened[:length])


def _happened(state: DialogueState) -> str:
    """Return what forgetting older turns cannot change: the last action, and a new message."""
    user = state.get("user") if is_after_listen(state) else None
    return json.dumps([state.get("prev_action"), user], sort_keys=True)
