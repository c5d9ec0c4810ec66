"""A domain as Rasa shows it: to action servers' developers and to whoever asks the API."""

from __future__ import annotations

from typing import Any

from bot.domain import Domain, used_entities

VERSION = "3.1"
"""Of the format, whatever the files say."""


def domain_to_rasa(domain: Domain) -> dict[str, Any]:
    """Return the merged domain as its YAML has it, with the session's settings filled in.

    Intents and texts that are actions come sorted, and retrieval intents with what Rasa derives
    for them: the entities that count, and the action that says their answers.
    """
    data = {"version": VERSION} | {key: value for key, value in domain.raw.items() if value}
    if "intents" in data:
        shown = (_intent(item, domain) for item in data["intents"])
        data["intents"] = sorted(shown, key=_name)
    if answers := _answers(domain):
        data["actions"] = [*data.get("actions", ()), *answers]
    if "e2e_actions" in data:
        data["e2e_actions"] = sorted(data["e2e_actions"])
    minutes = domain.session.expiration_minutes
    session = {
        "session_expiration_time": int(minutes) if minutes == int(minutes) else minutes,
        "carry_over_slots_to_new_session": domain.session.carries_over_slots,
    }
    return data | {"session_config": session}


def _intent(item: Any, domain: Domain) -> Any:
    definition = domain.intents.get(name := _name(item))
    if definition is None or not definition.is_retrieval:
        return item
    used = sorted(used_entities(name, domain))
    return {name: {"used_entities": used, "is_retrieval_intent": True}}


def _answers(domain: Domain) -> list[str]:
    """Return the actions of retrieval intents that nobody listed."""
    names = (f"utter_{item.name}" for item in domain.intents.values() if item.is_retrieval)
    return sorted(set(names) - set(domain.actions))


def _name(item: Any) -> str:
    return str(next(iter(item), "")) if isinstance(item, dict) else str(item)
