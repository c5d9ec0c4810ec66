"""Which policy decides. The order is stated once, here.

1. An action that was just rejected counts nothing.
2. Predictions that do not depend on the user beat all others.
3. Then predictions from the user's text.
4. Then the highest confidence; equal ones by priority; then the first in the configuration.

Every policy's own events are applied, whichever wins.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.conversation import LISTEN, Conversation
from bot.dialogue.policy import Prediction
from bot.events import ActionRan, ActionRejected, Event, UserFeaturized
from bot.types import Decision


def combine(predictions: Sequence[Prediction], conversation: Conversation) -> Decision:
    """Return the decision that follows from `predictions`, which are in configured order."""
    if not predictions:
        return Decision(action=LISTEN, confidence=0.0, policy=None)
    predictions = _without_rejected(predictions, conversation)
    best = _best(predictions)
    events: tuple[Event, ...] = tuple(event for p in predictions for event in p.events)
    if conversation.latest_action_name == LISTEN and not _is_featurized(conversation):
        events = (*events, UserFeaturized(use_text=best.is_end_to_end))
    return Decision(
        action=best.action,
        confidence=best.confidence,
        policy=best.policy,
        is_end_to_end=best.is_end_to_end,
        hide_rule_turn=best.hide_rule_turn,
        events=events,
        metadata=best.metadata,
    )


def certain_priority(predictions: Iterable[Prediction], conversation: Conversation) -> float:
    """Return the priority that another policy needs in order to win, however sure it is."""
    if _rejected(conversation) is not None:
        return -math.inf
    return max((p.priority for p in predictions if p.confidence >= 1.0), default=-math.inf)


def best(predictions: Sequence[Prediction], conversation: Conversation) -> Prediction | None:
    """Return the prediction that decides, None if there is none to choose from."""
    return _best(_without_rejected(predictions, conversation)) if predictions else None


def _best(predictions: Sequence[Prediction]) -> Prediction:
    no_user = any(p.is_no_user for p in predictions)
    candidates = [p for p in predictions if p.is_no_user == no_user]
    end_to_end = any(p.is_end_to_end for p in candidates)
    candidates = [p for p in candidates if p.is_end_to_end == end_to_end]
    return max(candidates, key=lambda p: (p.confidence, p.priority))


def _without_rejected(
    predictions: Sequence[Prediction], conversation: Conversation
) -> Sequence[Prediction]:
    rejected = _rejected(conversation)
    if rejected is None:
        return predictions
    return [replace(p, scores={**p.scores, rejected: 0.0}) for p in predictions]


def _rejected(conversation: Conversation) -> str | None:
    """Return the action that was just rejected."""
    last = next(
        (e for e in reversed(conversation.events) if isinstance(e, ActionRan | ActionRejected)),
        None,
    )
    return last.name if isinstance(last, ActionRejected) else None


def _is_featurized(conversation: Conversation) -> bool:
    """Tell whether the latest message got its mark; a decision may be repeated after a crash."""
    return any(isinstance(e, UserFeaturized) for e in conversation.since_user()) and (
        conversation.state.use_text is not None
    )
