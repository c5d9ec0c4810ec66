"""The next action with the score of every action, as `/predict` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from bot.conversation import Conversation, Verbosity
from bot.domain import Domain
from bot.model import LoadedModel
from bot.server.rasa.trackers import tracker_json

DEFAULT_ACTIONS = (
    "action_listen",
    "action_restart",
    "action_session_start",
    "action_default_fallback",
    "action_deactivate_loop",
    "action_revert_fallback_events",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
    "action_two_stage_fallback",
    "action_unlikely_intent",
    "action_back",
    "...",
    "action_extract_slots",
)
"""In the order of Rasa's answers; `...` stands for anything in rules."""


def action_names(domain: Domain) -> tuple[str, ...]:
    """Return all actions of a bot, in the order of Rasa's answers."""
    answers = sorted(f"utter_{item.name}" for item in domain.intents.values() if item.is_retrieval)
    said = sorted(name for name in domain.responses if "/" not in name)
    names = (
        *DEFAULT_ACTIONS, *domain.actions, *answers, *said, *domain.forms, *domain.e2e_actions,
    )  # fmt: skip
    return tuple(dict.fromkeys(names))


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
        "tracker": tracker_json(conversation, verbosity),
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
