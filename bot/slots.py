"""What policies see of a slot's value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain import SlotDefinition

OTHER = "__other__"


def features(slot: SlotDefinition, value: Any) -> list[float]:
    """Return the features of `value`; empty when the slot does not influence the conversation.

    The text of a text slot is never seen, only that there is one: rules must not depend on words.
    """
    if not slot.influences_conversation or slot.type == "any":
        return []
    match slot.type:
        case "text":
            return [0.0 if value is None else 1.0]
        case "bool":
            return _bool_features(value)
        case "categorical":
            return _categorical_features(slot.values, value)
        case "float":
            return _float_features(slot, value)
        case "list":
            return _list_features(value)


def _bool_features(value: Any) -> list[float]:
    truth = as_bool(value)
    return [0.0, 0.0] if truth is None else [1.0, float(truth)]


def as_bool(value: Any) -> bool | None:
    """Return the truth that a bool slot sees in `value`, or None if there is none."""
    if isinstance(value, bool | int | float):
        return value == 1
    if isinstance(value, str):
        word = value.strip().lower()
        if word in ("true", "false"):
            return word == "true"
        try:
            return float(word) == 1.0
        except ValueError:
            return None
    return None


def _categorical_features(values: Sequence[Any], value: Any) -> list[float]:
    known = [str(item).lower() for item in values]
    known += [] if OTHER in known else [OTHER]
    if value is None:
        return [0.0] * len(known)
    word = str(value).lower()
    chosen = word if word in known else OTHER
    return [float(item == chosen) for item in known]


def _float_features(slot: SlotDefinition, value: Any) -> list[float]:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return [0.0, 0.0]
    clamped = min(max(number, slot.min_value), slot.max_value)
    width = abs(slot.max_value - slot.min_value)
    return [1.0, (clamped - slot.min_value) / width if width else 0.0]


def _list_features(value: Any) -> list[float]:
    try:
        return [1.0 if value is not None and len(value) > 0 else 0.0]
    except TypeError:
        return [0.0]
