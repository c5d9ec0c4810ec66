"""How sure answers must be so that a wanted share of them is right. Imports nothing heavy."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

PRECISIONS: Final = (
    (0.0, 0.0), (0.7, 0.37), (0.75, 0.52), (0.8, 0.63), (0.85, 0.8), (0.9, 0.87), (0.95, 0.94),
    (1.0, 1.0),
)  # fmt: skip
"""(share of right answers, probability from which on it is reached), measured on the questions that
the chances of `ranking.py` are fitted to; every fifth of these has no answer. The mean of both
languages."""


def threshold_for(precision: float) -> float:
    """Return the probability from which on a share of `precision` of the answers is right.

    Between the measured shares it is interpolated.
    """
    for (low, start), (high, end) in pairwise(PRECISIONS):
        if precision <= high:
            return start + (end - start) * (precision - low) / (high - low)
    return 1.0
