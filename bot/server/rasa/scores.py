"""The next action with the score of every action, as `/predict` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from bot.conversation import Conversation, Verbosity
from bot.domain import action_names
from bot.model import LoadedModel
from bot.server.rasa.trackers import tracker_json


def scores_json(
    conversation: Conversation, model: LoadedModel, verbosity: Verbosity
) -> dict[str, Any]:
    """Return the scores in the order of the domain, the policy and its confidence."""
    scores, policy = _predicted(conversation, model)
    names = action_names(model.domain)
    return {
        "scores": [{"action": name, "score": scores.get(name, 0.0)} for name in names],
        "policy": policy,
        "confidence": max(scores.values(), default=0.0),
        # The prediction has used a follow-up up.
        "tracker": tracker_json(conversation, verbosity) | {"followup_action": None},
    }


def best_first(body: dict[str, Any]) -> dict[str, Any]:
    """Return the answer with its scores sorted, equal ones by name."""
    scores = sorted(body["scores"], key=itemgetter("action"))
    return body | {"scores": sorted(scores, key=itemgetter("score"), reverse=True)}


def _predicted(
    conversation: Conversation, model: LoadedModel
) -> tuple[Mapping[str, float], str | None]:
    if conversation.followup_action:
        decision = model.engine.predict(conversation)
        return {decision.action: decision.confidence}, decision.policy
    best = model.engine.dialogue.best(conversation)
    return ({}, None) if best is None else (best.scores, best.policy)
