"""A domain as Rasa shows it: to action servers' developers and to whoever asks the API."""

from __future__ import annotations

from typing import Any

from bot.domain import Domain

VERSION = "3.1"
"""Of the format, whatever the files say."""
SORTED = ("intents", "entities", "actions")
"""Lists whose order means nothing; Rasa sorts them."""


def domain_to_rasa(domain: Domain) -> dict[str, Any]:
    """Return the merged domain as its YAML has it, with the session's settings filled in."""
    data = {"version": VERSION} | {key: value for key, value in domain.raw.items() if value}
    for key in SORTED:
        if isinstance(items := data.get(key), list):
            data[key] = sorted(items, key=_name)
    minutes = domain.session.expiration_minutes
    session = {
        "session_expiration_time": int(minutes) if minutes == int(minutes) else minutes,
        "carry_over_slots_to_new_session": domain.session.carries_over_slots,
    }
    return data | {"session_config": session}


def _name(item: Any) -> str:
    return str(next(iter(item), "")) if isinstance(item, dict) else str(item)
