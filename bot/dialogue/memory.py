"""Policies that repeat the stories they have seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.conversation import Conversation, fold
from bot.dialogue.examples import examples, key_of, lookup_of
from bot.dialogue.policy import Prediction
from bot.dialogue.state import DialogueState, RuleOnly, is_after_listen, states_of, with_user_input
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
        return replace(self, lookup=lookup_of(pairs), rule_only=rule_only)

    def predict(self, conversation: Conversation, domain: Domain) -> Prediction:
        """Return the remembered action, or nothing."""
        states = self._states(conversation, domain)
        action = self._recall(states)
        if action is None and self.forgets:
            action = self._recall_by_forgetting(states, conversation, domain)
        score = self._score(states, conversation)
        return Prediction(
            policy=self.name,
            priority=self.priority,
            scores={action: score} if action is not None else {},
        )

    def _states(self, conversation: Conversation, domain: Domain) -> list[DialogueState]:
        return states_of(conversation, domain, rule_only=self.rule_only)

    def _recent(self, states: Iterable[DialogueState]) -> list[DialogueState]:
        states = list(states)
        return states[-self.max_history :] if self.max_history else states

    def _recall(self, states: list[DialogueState]) -> str | None:
        """Look `states` up by the user's intent; a state never holds both intent and text."""
        recent = self._recent(states)
        return self.lookup.get(key_of(with_user_input(recent, use_text=False)))

    def _recall_by_forgetting(
        self, states: list[DialogueState], conversation: Conversation, domain: Domain
    ) -> str | None:
        """Drop the oldest action until something is remembered; slots set before it go too."""
        events = list(conversation.applied_events())
        starts = [i for i, event in enumerate(events) if isinstance(event, ActionRan)]
        if self.max_history:
            starts = starts[-self.max_history :]
        for start in starts:
            rest = tuple(events[start:])
            shorter = replace(conversation, events=rest, state=fold(rest, domain))
            retried = self._states(shorter, domain)
            if retried == states:
                continue
            states = retried
            if (action := self._recall(states)) is not None:
                return action
        return None

    def _score(self, states: list[DialogueState], conversation: Conversation) -> float:
        message = conversation.latest_message
        if self.uses_nlu_confidence and message and states and is_after_listen(states[-1]):
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
            "rule_only": {
                "slots": sorted(self.rule_only.slots),
                "loops": sorted(self.rule_only.loops),
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> MemoizationPolicy:
        """Return the policy that `to_dict` wrote."""
        return cls(**{**data, "rule_only": rule_only_from(data["rule_only"])})


def rule_only_from(data: Mapping[str, Any]) -> RuleOnly:
    """Return the value written as two lists."""
    return RuleOnly(slots=frozenset(data["slots"]), loops=frozenset(data["loops"]))
