"""Chooses, on texts held back, how much the n-grams count and how sure the model may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import FloatArray

MIN_TEXTS: Final = 50
"""Fewer texts say too little; then n-grams are left out: beside few examples they help least."""
_WEIGHTS: Final = tuple(np.linspace(0.0, 1.2, 13))
_TEMPERATURES: Final = np.geomspace(0.3, 4.0, 27)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Log-probabilities are `logits / temperature + lexical_weight · n-grams`, normalised."""

    temperature: float = 1.0
    lexical_weight: float = 0.0


def mixed_shares(
    calibration: Calibration, logits: FloatArray, lexical: FloatArray | None
) -> NDArray[Any]:
    """Return the probabilities of the labels; float [texts, labels], as the arguments."""
    scores = _scores(calibration, logits, lexical)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def calibrate(
    logits: FloatArray, lexical: FloatArray | None, labels: NDArray[np.int64]
) -> Calibration:
    """Return the calibration under which `labels` are likeliest.

    Shapes:
        logits: float32 [texts, labels], of the encoder; lexical: the same, log-probabilities of
        the n-grams; labels: int64 [texts].
    """
    weights = _WEIGHTS if lexical is not None else (0.0,)
    if len(labels) < MIN_TEXTS:
        return Calibration()
    tried = [
        Calibration(float(temperature), float(weight))
        for temperature in _TEMPERATURES
        for weight in weights
    ]
    return min(tried, key=lambda one: _loss(_scores(one, logits, lexical), labels))


def _scores(
    calibration: Calibration, logits: FloatArray, lexical: FloatArray | None
) -> NDArray[Any]:
    scores = logits / calibration.temperature
    return scores if lexical is None else scores + calibration.lexical_weight * lexical


def _loss(scores: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """Return the mean negative log-likelihood."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    chosen = shifted[np.arange(len(labels)), labels]
    return float((np.log(np.exp(shifted).sum(axis=1)) - chosen).mean())
