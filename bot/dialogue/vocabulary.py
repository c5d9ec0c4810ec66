"""Dialogue states as rows of numbers, for learned policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.dialogue.state import DialogueState

Rows = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Rows]
"""Texts → their vectors, float32 [texts, dimension]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The columns of a row; what no training story has, has no column."""

    columns: Mapping[str, int] = field(default_factory=dict)
    text_size: int = 0
    """Dimension of text vectors, which follow the columns; 0 without end-to-end turns."""

    @classmethod
    def of(cls, states: Iterable[DialogueState], text_size: int) -> Vocabulary:
        """Return the vocabulary of training states."""
        names = sorted({name for state in states for name, _ in _marks(state)})
        columns = {name: column for column, name in enumerate(names)}
        return cls(columns=columns, text_size=text_size)

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return len(self.columns) + self.text_size

    def rows(self, states: Sequence[DialogueState], embed: Embed) -> Rows:
        """Return one row per state.

        Shapes:
            float32 [len(states), width].
        """
        rows = np.zeros((len(states), self.width), np.float32)
        for row, state in zip(rows, states, strict=True):
            for name, value in _marks(state):
                if (column := self.columns.get(name)) is not None:
                    row[column] = value
            text = state.get("user", {}).get("text")
            if text and self.text_size:
                row[len(self.columns) :] = embed([text])[0]
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Return the vocabulary as JSON."""
        return {"columns": list(self.columns), "text_size": self.text_size}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Vocabulary:
        """Return the vocabulary that `to_dict` wrote."""
        columns = {name: column for column, name in enumerate(data["columns"])}
        return cls(columns=columns, text_size=data["text_size"])


def _marks(state: DialogueState) -> Iterator[tuple[str, float]]:
    """Yield name and value of everything in `state` but texts."""
    user = state.get("user", {})
    if intent := user.get("intent"):
        yield f"intent:{intent}", 1.0
    for entity in user.get("entities", ()):
        yield f"entity:{entity}", 1.0
    for label in state.get("prev_action", {}).values():
        yield f"action:{label}", 1.0
    for name in state.get("active_loop", {}).values():
        yield f"loop:{name}", 1.0
    for slot, numbers in state.get("slots", {}).items():
        for index, number in enumerate(numbers if isinstance(numbers, list) else ()):
            yield f"slot:{slot}:{index}", number
