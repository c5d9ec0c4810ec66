"""Chooses, on texts held back, how much the partner counts and how sure the model may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import FloatArray

MIN_TEXTS: Final = 50
"""Fewer texts say too little; then the partner is left out: beside few examples it helps least."""
MIN_GAIN: Final = 0.02
"""Of the negative log-likelihood."""
_WEIGHTS: Final = tuple(np.linspace(0.0, 1.2, 13))
_TEMPERATURES: Final = np.geomspace(0.3, 4.0, 27)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Log-probabilities are `logits / temperature + partner_weight · partner`, normalised."""

    temperature: float = 1.0
    partner_weight: float = 0.0


def mixed_shares(
    calibration: Calibration, logits: FloatArray, partner: FloatArray | None
) -> NDArray[Any]:
    """Return the probabilities of the labels; float [texts, labels], as the arguments."""
    scores = _scores(calibration, logits, partner)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def calibrate(
    logits: FloatArray, partner: FloatArray | None, labels: NDArray[np.int64]
) -> Calibration:
    """Return the calibration under which `labels` are likeliest.

    The partner makes answers slower, so it has to make the right labels likelier by `MIN_GAIN`.

    Shapes:
        logits: float32 [texts, labels], of the encoder; partner: the same, log-probabilities, or
        None without one; labels: int64 [texts].
    """
    if len(labels) < MIN_TEXTS:
        return Calibration()
    alone, alone_loss = _best(logits, None, labels, (0.0,))
    if partner is None:
        return alone
    both, both_loss = _best(logits, partner, labels, _WEIGHTS)
    return both if both_loss < (1 - MIN_GAIN) * alone_loss else alone


def _best(
    logits: FloatArray,
    partner: FloatArray | None,
    labels: NDArray[np.int64],
    weights: Sequence[float],
) -> tuple[Calibration, float]:
    """Return the best calibration with one of the `weights`, and its loss."""
    tried = [
        Calibration(float(temperature), float(weight))
        for temperature in _TEMPERATURES
        for weight in weights
    ]
    losses = [_loss(_scores(one, logits, partner), labels) for one in tried]
    place = int(np.argmin(losses))
    return tried[place], losses[place]


def _scores(
    calibration: Calibration, logits: FloatArray, partner: FloatArray | None
) -> NDArray[Any]:
    scores = logits / calibration.temperature
    return scores if partner is None else scores + calibration.partner_weight * partner


def _loss(scores: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """Return the mean negative log-likelihood."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    chosen = shifted[np.arange(len(labels)), labels]
    return float((np.log(np.exp(shifted).sum(axis=1)) - chosen).mean())
