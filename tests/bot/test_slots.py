"""Slot features."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain import SlotDefinition
from bot.slots import features


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", None, [0.0]), ("text", "", [1.0]),
        ("bool", None, [0.0, 0.0]), ("bool", "false", [1.0, 0.0]), ("bool", "maybe", [0.0, 0.0]),
        ("bool", 1, [1.0, 1.0]), ("bool", 2, [1.0, 0.0]), ("bool", 0.5, [1.0, 0.0]),
        ("categorical", "A", [1.0, 0.0, 0.0]), ("categorical", "x", [0.0, 0.0, 1.0]),
        ("categorical", None, [0.0, 0.0, 0.0]),
        ("float", None, [0.0, 0.0]), ("float", 50, [1.0, 0.5]), ("float", 500, [1.0, 1.0]),
        ("list", None, [0.0]), ("list", [], [0.0]), ("list", ["a"], [1.0]), ("any", 1, []),
    ],
)  # fmt: skip
def test_features(kind: Any, value: Any, expected: list[float]) -> None:
    slot = SlotDefinition(name="s", type=kind, values=("a", "b"), max_value=100)
    assert features(slot, value) == expected


def test_a_slot_without_influence_has_no_features() -> None:
    slot = SlotDefinition(name="s", type="text", influences_conversation=False)
    assert features(slot, "x") == []
