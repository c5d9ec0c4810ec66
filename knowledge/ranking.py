"""How signals become one order, and how sure it is: a weighted sum, and the chance that it is right.

The weights are a compromise that no development set contradicts by more than a point; the chances
are fitted (Platt scaling) to questions written for this project. `tests/bench/ranking.py` prints
both again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from knowledge.embedder import FloatArray
from knowledge.signals import SIGNALS, Relation

import numpy as np  # isort: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The ranking of one relation of question and passage."""

    weights: tuple[float, ...]
    """One for each of `SIGNALS`."""
    slope: float
    intercept: float
    """The chance is the logistic function of `slope * sum + intercept`."""


SHIPPED: Final[Mapping[Relation, Model]] = {
    "english": Model(weights=(0.6, 0.4, 0.8, 0.3, 0.1, 0.2, 0.1), slope=3.25, intercept=-2.83),
    "multilingual": Model(weights=(0.6, 0.4, 0.8, 0.3, 0.1, 0.2, 0.1), slope=3.15, intercept=-2.87),
    "across": Model(weights=(0.6, 0.4, 0.8, 0, 0, 0, 0), slope=2.83, intercept=-2.18),
}
"""What ranks before anything was learnt from a project's own questions."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """One model per relation; a project's own weights replace the shipped ones."""

    models: Mapping[Relation, Model]

    @classmethod
    def of(cls, weights: Mapping[str, Sequence[float]]) -> Ranking:
        """Return the shipped ranking with other weights for some relations."""
        return cls(
            {
                relation: replace(model, weights=tuple(weights.get(relation, model.weights)))
                for relation, model in SHIPPED.items()
            }
        )

    def logits(self, signals: FloatArray, relations: Sequence[Relation]) -> FloatArray:
        """Return the log odds of each candidate; the higher, the better.

        Shapes:
            signals: float32 [candidates, SIGNALS]; float32 [candidates].
        """
        models = [self.models[relation] for relation in relations]
        weights = np.array([model.weights for model in models]).reshape(-1, len(SIGNALS))
        slopes = np.array([model.slope for model in models])
        intercepts = np.array([model.intercept for model in models])
        return ((signals * weights).sum(axis=1) * slopes + intercepts).astype(np.float32)


def probability(logit: float) -> float:
    """Return the chance of given log odds, in [0, 1]."""
    return float(1 / (1 + np.exp(-logit)))
