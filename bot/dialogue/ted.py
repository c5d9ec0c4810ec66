"""TEDPolicy's role: the next action by likeness to the stories, for what no story says exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.dialogue.encoder import Encoder, Similarities
from bot.dialogue.history import History
from bot.dialogue.options import TED
from bot.dialogue.policy import Prediction
from bot.dialogue.state import (
    DialogueState,
    RuleOnly,
    is_after_listen,
    is_unlikely,
    with_user_input,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TedPolicy:
    """Predicts every action with a confidence; they sum to 1."""

    name: str = TED
    priority: int = 1
    ranking_length: int = 0
    """How many actions keep their confidence; 0 for all."""
    renormalizes: bool = False
    """Whether those that are kept sum to 1 again."""
    text_threshold: float = 0.5
    """How confident a prediction from the user's text must be to count."""
    encoder: Encoder
    rule_only: RuleOnly

    @classmethod
    def of(cls, settings: Mapping[str, Any], encoder: Encoder, rule_only: RuleOnly) -> TedPolicy:
        """Return the policy that a configuration entry describes."""
        return cls(
            priority=int(settings.get("priority", 1)),
            ranking_length=int(settings.get("ranking_length", 0)),
            renormalizes=bool(settings.get("renormalize_confidences", False)),
            text_threshold=float(settings.get("e2e_confidence_threshold", 0.5)),
            encoder=encoder,
            rule_only=rule_only,
        )

    @property
    def may_read_text(self) -> bool:
        """Whether it may predict from the user's text, which beats predictions from intents."""
        return self.encoder.vocabulary.text_size > 0

    def predict(self, history: History) -> Prediction:
        """Return a confidence per action."""
        states = likely_states(history, self.rule_only, self.encoder.reach)
        similar = self._similarities(states, use_text=False)
        shares, is_end_to_end = _softmax(similar), False
        if self.encoder.vocabulary.text_size and states and is_after_listen(states[-1]):
            by_text = self._similarities(states, use_text=True)
            text_shares = _softmax(by_text)
            if text_shares.max() > self.text_threshold and by_text.max() > similar.max():
                shares, is_end_to_end = text_shares, True
        return Prediction(
            policy=self.name,
            priority=self.priority,
            scores=self._scores(shares),
            is_end_to_end=is_end_to_end,
        )

    def _similarities(self, states: list[DialogueState], *, use_text: bool) -> Similarities:
        return self.encoder.similarities(with_user_input(states, use_text=use_text))[0]

    def _scores(self, shares: Similarities) -> dict[str, float]:
        order = np.argsort(-shares, kind="stable")
        kept = order[: self.ranking_length] if self.ranking_length else order
        total = float(shares[kept].sum()) if self.renormalizes else 1.0
        return {self.encoder.action_names[i]: float(shares[i]) / total for i in kept}

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as JSON, without its encoder."""
        return {
            "priority": self.priority,
            "ranking_length": self.ranking_length,
            "renormalizes": self.renormalizes,
            "text_threshold": self.text_threshold,
            "rule_only": self.rule_only.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], encoder: Encoder) -> TedPolicy:
        """Return the policy that `to_dict` wrote."""
        rule_only = RuleOnly.from_dict(data["rule_only"])
        return cls(**{**data, "rule_only": rule_only}, encoder=encoder)


def likely_states(history: History, rule_only: RuleOnly, limit: int) -> list[DialogueState]:
    """Return the last visible states, without the marker that an intent was unlikely."""
    states = history.visible_states(rule_only, limit + 1)
    return [state for state in states if not is_unlikely(state)][-limit:]


def _softmax(similar: Similarities) -> Similarities:
    powers = np.exp(similar - similar.max())
    return powers / powers.sum()
