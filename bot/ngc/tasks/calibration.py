"""Scores as probabilities, and the threshold below which a text is taken for out of scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_SCALES: Final = np.geomspace(1.0, 100.0, 81)
_STEPS: Final = 50
_PENALTY: Final = 1.0
MOST_LOST: Final = 0.01
"""Share of right answers that may be refused so that texts out of scope are."""


def softmax(scores: Array, scale: float) -> Array:
    """Return the shares of `scores · scale` along the last axis."""
    powers = np.exp((scores - scores.max(axis=-1, keepdims=True)) * scale)
    return powers / powers.sum(axis=-1, keepdims=True)


def choose_scale(scores: Array, wanted: Array) -> float:
    """Return what scores are multiplied by so that the right labels are likeliest.

    Temperature scaling (Guo et al., 2017); the scale is one over the temperature.

    Args:
        scores: float [n, labels], of texts that were not learnt.
        wanted: int [n], the right label of each.
    """
    rows = np.arange(len(wanted))
    losses = [
        -np.log(np.maximum(softmax(scores, scale)[rows, wanted], 1e-12)).mean() for scale in _SCALES
    ]
    return float(_SCALES[int(np.argmin(losses))])


@dataclass(frozen=True, slots=True)
class Logistic:
    """Probability by a few signs, each brought to mean 0 and deviation 1."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def __call__(self, signs: Array) -> Array:
        """Return the probability of each row; float [n, signs] → float [n]."""
        scaled = (signs - np.array(self.means)) / np.array(self.deviations)
        return 1 / (1 + np.exp(-np.clip(scaled @ np.array(self.weights) + self.bias, -30, 30)))


def fit_logistic(signs: Array, is_true: Array, shares: Array) -> Logistic:
    """Return the logistic regression of `is_true` on `signs`, by Newton's method.

    Args:
        signs: float [n, signs].
        is_true: bool [n].
        shares: float [n], how much each row counts.
    """
    means, deviations = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-9)
    rows = np.hstack([(signs - means) / deviations, np.ones((len(signs), 1))])
    solution = np.zeros(rows.shape[1])
    penalty = np.full(rows.shape[1], _PENALTY)
    penalty[-1] = 1e-6
    for _ in range(_STEPS):
        found = 1 / (1 + np.exp(-np.clip(rows @ solution, -30, 30)))
        gradient = rows.T @ (shares * (found - is_true)) + penalty * solution
        curvature = (rows * (shares * found * (1 - found))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        solution = solution - step
        if np.abs(step).max() < 1e-6:
            break
    return Logistic(
        tuple(means.tolist()), tuple(deviations.tolist()),
        tuple(solution[:-1].tolist()), float(solution[-1]),
    )  # fmt: skip


def scope_threshold(sure: Array, is_right: Array) -> float:
    """Return the highest threshold that loses at most `MOST_LOST` of the right answers.

    Args:
        sure: float [n], how sure the model is of each text that was not learnt.
        is_right: bool [n], whether its answer is right; False out of scope.
    """
    order = np.argsort(sure, kind="stable")
    lost = np.cumsum(is_right[order])
    allowed = MOST_LOST * is_right.sum()
    return _between(sure[order], int(np.searchsorted(lost, allowed, side="right")))


def precision_threshold(sure: Array, is_right: Array, target: float) -> tuple[float, float]:
    """Return the lowest threshold above which `target` of the answers are right, and its reach.

    Args:
        sure: float [n], how sure the model is of each text that was not learnt.
        is_right: bool [n], whether its answer is right.
        target: Precision, in (0, 1]; where none reaches it, the most precise threshold is taken.

    Returns:
        The threshold, and the share of the texts above it.
    """
    order = np.argsort(sure, kind="stable")
    right = np.cumsum(is_right[order][::-1])[::-1]
    precision = right / np.arange(len(order), 0, -1)
    enough = np.flatnonzero(precision >= target)
    place = int(enough[0]) if enough.size else int(np.argmax(precision))
    return _between(sure[order], place), 1 - place / len(order)


def _between(ascending: Array, place: int) -> float:
    """Return a threshold that the first `place` values miss and all later ones reach."""
    if place == 0:
        return 0.0
    if place == len(ascending):
        return float(np.nextafter(ascending[-1], np.inf))
    return float((ascending[place - 1] + ascending[place]) / 2)
