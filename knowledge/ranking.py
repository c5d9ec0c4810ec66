"""Orders candidates by a weighted sum of their signals, and tells the chance that one is right.

The weights are the most that words may count without a development set losing more than about a
point. The chances are a logistic regression on questions that were written for this project;
`tests/bench/ranking.py` fits them again.
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
    """The ranking of one relation of question and passage; weights are in the order of SIGNALS."""

    weights: tuple[float, ...]
    """Of the score by which candidates are ordered."""
    bonus: float = 0.0
    """Added to the score: the spaces in which relations are compared differ."""
    chances: tuple[float, ...]
    """Of the log odds: what orders well is not what tells right from wrong."""
    intercept: float
    """Of the log odds."""


SHIPPED: Final[Mapping[Relation, Model]] = {
    "english": Model(
        weights=(0.6, 0.4, 0.8, 0.3, 0.2, 0.3, 0.0),
        chances=(4.02, 0.0, 2.98, 0.0, 0.0, 0.0, 0.0),
        intercept=-3.04,
    ),
    "multilingual": Model(
        weights=(0.6, 0.4, 0.8, 0.5, 0.2, 0.3, 0.2),
        chances=(3.14, 0.0, 1.52, 0.0, 2.75, 0.0, 0.0),
        intercept=-2.69,
    ),
    "across": Model(
        weights=(0.6, 0.4, 0.8, 0.0, 0.0, 0.0, 0.0),
        bonus=0.2,
        chances=(7.25, 0.0, -0.59, 0.0, 0.0, 0.0, 0.0),
        intercept=-3.05,
    ),
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

    def scores(self, signals: FloatArray, relations: Sequence[Relation]) -> FloatArray:
        """Return the score of each candidate; the higher, the better.

        Shapes:
            signals: float32 [candidates, SIGNALS]; float32 [candidates].
        """
        models = [self.models[relation] for relation in relations]
        weights = np.array([model.weights for model in models], np.float32)
        bonuses = np.array([model.bonus for model in models], np.float32)
        return (signals * weights.reshape(-1, len(SIGNALS))).sum(axis=1) + bonuses

    def probability(self, signals: FloatArray, relation: Relation) -> float:
        """Return the chance that a candidate answers the question, in [0, 1].

        Shapes:
            signals: float32 [SIGNALS].
        """
        model = self.models[relation]
        return float(1 / (1 + np.exp(-(signals @ np.array(model.chances) + model.intercept))))
