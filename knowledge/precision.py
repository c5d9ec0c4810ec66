"""How sure answers must be so that a wanted share of them is right. Imports nothing heavy."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

PRECISIONS: Final = (
    (0.0, 0.0), (0.7, 0.37), (0.75, 0.52), (0.8, 0.64), (0.85, 0.82), (0.9, 0.85), (0.95, 0.94),
    (1.0, 1.0),
)  # fmt: skip
"""(share of right answers, probability from which on it is reached): the mean of both languages, on
questions every fifth of which has no answer; printed by `tests/bench/ranking.py`."""


def threshold_for(precision: float) -> float:
    """Return the probability from which on a share of `precision` of the answers is right.

    Between the measured shares it is interpolated.
    """
    for (low, start), (high, end) in pairwise(PRECISIONS):
        if precision <= high:
            return start + (end - start) * (precision - low) / (high - low)
    return 1.0
