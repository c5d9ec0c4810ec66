"""UnexpecTEDIntentPolicy's role: notices that a user says what no story would expect here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bot.conversation import Conversation
from bot.dialogue.encoder import Encoder, Similarities
from bot.dialogue.history import History
from bot.dialogue.lessons import NOTHING, Lessons
from bot.dialogue.options import UNEXPECTED
from bot.dialogue.policy import Prediction
from bot.dialogue.state import UNLIKELY, RuleOnly, base_intent
from bot.dialogue.ted import likely_states
from bot.events import ActionRan, ActionRejected, UserSaid

RANKING_LENGTH: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class UnexpectedIntentPolicy:
    """Predicts `action_unlikely_intent` when the intent fits worse than it ever did in a story."""

    name: str = UNEXPECTED
    priority: int = 2
    ranking_length: int = RANKING_LENGTH
    """How many intents the explanation lists; 0 for all."""
    ignored_intents: frozenset[str] = frozenset()
    thresholds: Mapping[str, float]
    """Intent → the similarity below which it is unlikely."""
    encoder: Encoder
    rule_only: RuleOnly

    @classmethod
    def of(
        cls, settings: Mapping[str, Any], encoder: Encoder, lessons: Lessons, rule_only: RuleOnly
    ) -> UnexpectedIntentPolicy:
        """Return the policy that a configuration entry describes, with learned thresholds."""
        return cls(
            priority=int(settings.get("priority", 2)),
            ranking_length=int(settings.get("ranking_length", RANKING_LENGTH)),
            ignored_intents=frozenset(settings.get("ignore_intents_list") or ()),
            thresholds=_thresholds(encoder, lessons, float(settings.get("tolerance", 0.0))),
            encoder=encoder,
            rule_only=rule_only,
        )

    @property
    def may_read_text(self) -> bool:
        """False: it goes by intents."""
        return False

    def predict(self, history: History) -> Prediction:
        """Return the marker with certainty, or nothing."""
        intent = base_intent(history.conversation.latest_intent, history.domain)
        nothing = Prediction(policy=self.name, priority=self.priority)
        if intent is None or intent in self.ignored_intents or intent not in self.thresholds:
            return nothing
        if not _has_just_spoken(history.conversation):
            return nothing
        states = likely_states(history, self.rule_only, self.encoder.reach + 1)
        similar = self.encoder.similarities(states[:-1])[1] if len(states) > 1 else None
        if similar is None or not self._is_unlikely(intent, similar):
            return nothing
        return Prediction(
            policy=self.name,
            priority=self.priority,
            scores={UNLIKELY: 1.0},
            metadata=self._explained(intent, similar),
        )

    def _is_unlikely(self, intent: str, similar: Similarities) -> bool:
        names = self.encoder.intent_names
        is_top = names[int(similar.argmax())] == intent
        return not is_top and float(similar[names.index(intent)]) < self.thresholds[intent]

    def _explained(self, intent: str, similar: Similarities) -> dict[str, Any]:
        """Return the action event's metadata, as in Rasa."""
        names = self.encoder.intent_names
        order = np.argsort(-similar, kind="stable")[: self.ranking_length or None]
        return {
            "query_intent": self._scored(intent, float(similar[names.index(intent)])),
            "ranking": [self._scored(names[i], float(similar[i])) for i in order],
        }

    def _scored(self, intent: str, score: float) -> dict[str, Any]:
        threshold = self.thresholds.get(intent)
        severity = None if threshold is None else threshold - score
        return {"name": intent, "score": score, "threshold": threshold, "severity": severity}

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as JSON, without its encoder."""
        return {
            "priority": self.priority,
            "ranking_length": self.ranking_length,
            "ignored_intents": sorted(self.ignored_intents),
            "thresholds": dict(self.thresholds),
            "rule_only": self.rule_only.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], encoder: Encoder) -> UnexpectedIntentPolicy:
        """Return the policy that `to_dict` wrote."""
        values = {
            **data,
            "ignored_intents": frozenset(data["ignored_intents"]),
            "rule_only": RuleOnly.from_dict(data["rule_only"]),
        }
        return cls(**values, encoder=encoder)


def _has_just_spoken(conversation: Conversation) -> bool:
    """Tell whether nothing ran since the user's message."""
    for event in reversed(conversation.events):
        if isinstance(event, UserSaid):
            return True
        if isinstance(event, ActionRan | ActionRejected):
            return False
    return False


def _thresholds(encoder: Encoder, lessons: Lessons, tolerance: float) -> dict[str, float]:
    """Return per intent the least similarity that it has where it is expected.

    A tolerance of 0.1 lowers it so far that a tenth of the unexpected places would pass.
    """
    scores = np.zeros_like(lessons.intents)
    for sequence in lessons.sequences:
        for step in np.flatnonzero(sequence.contexts != NOTHING):
            start = max(0, step + 1 - encoder.reach)
            rows = lessons.states[sequence.rows[start : step + 1]]
            scores[sequence.contexts[step]] = encoder.similarities_of_rows(rows)[1]
    thresholds: dict[str, float] = {}
    for column, name in enumerate(lessons.intent_names):
        expected = lessons.intents[:, column] > 0
        lowest = float(scores[expected, column].min())
        others = scores[~expected, column]
        if len(others):
            passing = float(np.quantile(others, 1 - tolerance, method="lower"))
            lowest = min(lowest, passing)
        thresholds[name] = lowest
    return thresholds
