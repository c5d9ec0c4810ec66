"""Verdicts over test stories: which turns went as written, which did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One step that went differently."""

    path: str
    line: int
    expected: str
    predicted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryVerdict:
    """How one test story went; it passed when nothing differs."""

    name: str
    mismatches: tuple[Mismatch, ...]

    @property
    def is_passed(self) -> bool:
        """Return whether every step went as written."""
        return not self.mismatches


def summarise(verdicts: Sequence[StoryVerdict]) -> dict[str, float | int]:
    """Return Rasa's `conversation_accuracy`: accuracy ∈ [0, 1], correct and total."""
    correct = sum(verdict.is_passed for verdict in verdicts)
    total = len(verdicts)
    return {"accuracy": correct / total if total else 0.0, "correct": correct, "total": total}
