"""What a policy says about the next action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.conversation import LISTEN
from bot.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Confidence per action; actions that are not listed have 0."""

    policy: str
    priority: int
    scores: Mapping[str, float] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    """Applied whichever policy wins."""
    is_no_user: bool = False
    """The decision does not depend on what the user said, such as a form that goes on."""
    is_end_to_end: bool = False
    hide_rule_turn: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """For the action's event, such as why an intent is unlikely."""
    source: str | None = None
    """What the decision rests on, such as a rule's key; for checks and explanations."""

    @property
    def action(self) -> str:
        """The most confident action; waiting when there is none."""
        best = max(self.scores.values(), default=0.0)
        if best <= 0.0:
            return LISTEN
        return next(name for name, score in self.scores.items() if score == best)

    @property
    def confidence(self) -> float:
        """The most confident action's confidence."""
        return max(self.scores.values(), default=0.0)
