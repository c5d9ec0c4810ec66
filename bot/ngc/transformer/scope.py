"""Whether a text belongs to any of the labels: several signals, one score, one threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import FloatArray

MAX_LOSS: Final = 0.015
"""Share of the texts that may lose their right label for the sake of those outside."""
INVERSE_REGULARISATION: Final = 1.0
_NEAREST: Final = 3
"""Neighbours whose likeness is averaged."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Tells texts outside all labels from others."""

    neighbours: FloatArray
    """float32 [texts, dim]: the training texts, at unit length."""
    weights: FloatArray
    """float32 [signals]."""
    threshold: float
    """Scores above it are outside."""

    @classmethod
    def of(cls, settings: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Scope:
        """Return what `settings` and `arrays` gave."""
        neighbours = arrays["neighbours"].astype(np.float32)
        return cls(neighbours, arrays["weights"], float(settings["threshold"]))

    def settings(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {"threshold": self.threshold}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what goes into an archive of arrays."""
        # Half precision changes a cosine by less than 0.001.
        return {"neighbours": self.neighbours.astype(np.float16), "weights": self.weights}

    def is_outside(
        self, vectors: FloatArray, logits: FloatArray, shares: NDArray[Any]
    ) -> NDArray[np.bool_]:
        """Return for each text whether it is outside; bool [texts]."""
        found = signals(self.neighbours, vectors, logits, shares)
        return found @ self.weights > self.threshold


def signals(
    neighbours: FloatArray,
    vectors: FloatArray,
    logits: FloatArray,
    shares: NDArray[Any],
) -> FloatArray:
    """Return what speaks for a text being outside; float32 [texts, 3].

    How unsure the label is (log-odds), how little any label is supported (the energy of
    https://arxiv.org/abs/2010.03759), and how far the nearest training texts are (cosine).

    Shapes:
        neighbours: [training texts, dim]; vectors: [texts, dim]; both at unit length.
        logits, shares: [texts, labels].
    """
    best = np.clip(shares.max(axis=1), 1e-6, 1 - 1e-6)
    largest = logits.max(axis=1)
    energy = largest + np.log(np.exp(logits - largest[:, None]).sum(axis=1))
    count = min(_NEAREST, len(neighbours))
    cosines = vectors @ neighbours.T
    nearest = np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1)
    found = [-np.log(best / (1 - best)), -energy, -nearest]
    return np.stack(found, axis=1).astype(np.float32)


def fit_scope(
    neighbours: FloatArray,
    found: FloatArray,
    is_outside: NDArray[np.bool_],
    is_right: NDArray[np.bool_],
) -> Scope:
    """Return the scope that finds most texts outside at the allowed loss.

    Args:
        neighbours: float32 [training texts, dim], at unit length.
        found: The `signals` of texts held back, float32 [texts, signals].
        is_outside: Which of these texts are outside, bool [texts]; some are, and some are not.
        is_right: Which of them have the right label, bool [texts].
    """
    from bot.ngc.logistic import fit_logistic  # needs scipy: only in training

    scales = found.std(axis=0) + 1e-6
    counts = np.where(is_outside, 0.5 / is_outside.sum(), 0.5 / (~is_outside).sum())
    counts *= len(counts)
    coefficients, _ = fit_logistic(
        (found - found.mean(axis=0)) / scales,
        is_outside.astype(np.int64),
        counts,
        2,
        INVERSE_REGULARISATION,
    )
    weights = ((coefficients[:, 1] - coefficients[:, 0]) / scales).astype(np.float32)
    scores = found @ weights
    threshold = _threshold(scores, is_outside, is_right)
    return Scope(neighbours, weights, threshold)


def _threshold(
    scores: FloatArray, is_outside: NDArray[np.bool_], is_right: NDArray[np.bool_]
) -> float:
    """Return the score above which at most `MAX_LOSS` of the texts inside lose a right label.

    Between that score and the next one lies a gap; its middle serves texts of neither kind best.
    """
    kept = np.sort(scores[~is_outside & is_right])[::-1]
    allowed = int(MAX_LOSS * (~is_outside).sum())
    if allowed >= len(kept):
        return float(scores.min())
    above = scores[scores > kept[allowed]]
    return float((kept[allowed] + above.min()) / 2) if len(above) else float(kept[allowed])
