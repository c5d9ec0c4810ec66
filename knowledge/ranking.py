"""How signals become one order: a weighted sum per way in which question and passage relate."""

from __future__ import annotations

from typing import Final, Literal

from knowledge.embedder import FloatArray

import numpy as np  # isort: skip

Relation = Literal["english", "multilingual", "across"]
"""Both English; both in the same other language; in different languages."""
SIGNALS: Final = (
    "question_cosine",
    "text_cosine",
    "question_bm25",
    "question_coverage",
    "text_bm25",
    "text_coverage",
)
WEIGHTS: Final = {
    "english": (1.0, 0.5, 0.1, 0.5, 0.3, 0.0),
    "multilingual": (1.0, 0.3, 0.4, 0.2, 0.2, 0.0),
    "across": (1.0, 0.3, 0.0, 0.0, 0.0, 0.0),
}


def rank(signals: FloatArray, relations: list[Relation]) -> FloatArray:
    """Return the score of each candidate.

    Shapes:
        signals: float32 [candidates, signals]; float32 [candidates].
    """
    weights = np.array([WEIGHTS[relation] for relation in relations], np.float32)
    return (signals * weights.reshape(signals.shape)).sum(axis=1)
