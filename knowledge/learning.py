"""Learns a project's own ranking from its alternatives, and from answers that were confirmed.

Each alternative of a FAQ entry is asked as if it were not there; the weights move from the shipped
ones as far as the right entries come first, and stay near them where there is little to learn from:
a conditional logit (McFadden 1974) with a normal prior around the shipped weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from knowledge.candidates import propose
from knowledge.embedder import FloatArray
from knowledge.index import BoolArray
from knowledge.languages import BilingualEmbedder
from knowledge.ranking import SHIPPED
from knowledge.segment import QUESTION
from knowledge.signals import Relation, relation_of
from knowledge.snapshot import Snapshot
from knowledge.types import Filters

import numpy as np  # isort: skip
from numpy.typing import NDArray

PRIOR_STRENGTH: Final = 3.0
"""On the shipped FAQ, cross-validated over its entries, 1 to 10 gain up to 0.4 points of mean
reciprocal rank; learning from a twentieth of the questions costs at most 0.4."""
SHARPNESS: Final = 12.0
"""Weights times this are log odds between candidates, as the development questions have it."""
STEPS: Final = 30
"""Of Newton's method, damped; it has long converged."""
DAMPING: Final = 0.7
MAX_LESSONS: Final = 400
"""For each relation: about a second; more change the seven weights no more."""
CANDIDATES: Final = 30


class Asked(NamedTuple):
    """A question whose right passage is known."""

    text: str
    language: str
    key: str
    """Of the right passage."""
    row: int | None
    """The row that is this question, and must not find itself."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """The candidates of one question.

    Shapes:
        signals: float32 [candidates, signals]; is_right: bool [candidates], true somewhere.
    """

    signals: FloatArray
    is_right: BoolArray


def alternatives(snapshot: Snapshot) -> Iterator[Asked]:
    """Return every question of the base but the titles."""
    for segment in snapshot.segments:
        for position in map(int, np.flatnonzero(snapshot.alive(segment))):
            rows = segment.rows(position)
            if np.count_nonzero(segment.kinds[rows] == QUESTION) < 2:
                continue
            passage = segment.passage(position)
            others = list(dict.fromkeys((passage.title, *passage.questions)))[1:]
            for place, text in enumerate(others, rows.start + 1):
                yield Asked(text, passage.language, passage.key, segment.first_row + place)


def learn_all(
    snapshot: Snapshot, embedder: BilingualEmbedder, asked: Iterable[Asked]
) -> dict[str, tuple[float, ...]]:
    """Return the weights of each relation that `asked` has questions for."""
    by_relation: dict[Relation, list[Asked]] = {}
    for one in asked:
        written = one.key.partition("/")[0]
        by_relation.setdefault(relation_of(one.language, written), []).append(one)
    return {
        relation: learn(
            [
                lesson
                for one in questions[:: -(-len(questions) // MAX_LESSONS)]
                if (lesson := _lesson(snapshot, embedder, one, relation))
            ],
            SHIPPED[relation].weights,
        )
        for relation, questions in by_relation.items()
    }


def _lesson(
    snapshot: Snapshot, embedder: BilingualEmbedder, asked: Asked, relation: Relation
) -> Lesson | None:
    """Return the candidates of a question; None if the right passage is not among them."""
    found = propose(
        snapshot, embedder, asked.text, asked.language, CANDIDATES, Filters(), without=asked.row
    )
    same = np.array([one == relation for one in found.relations], bool)
    right = np.array([place.key == asked.key for place in found.places], bool)
    if not (same & right).any():
        return None
    return Lesson(found.signals[same], right[same])


def learn(lessons: Sequence[Lesson], shipped: Sequence[float]) -> tuple[float, ...]:
    """Return the weights learnt from `lessons`; `shipped` if there are none."""
    prior = np.array(shipped, np.float64) * SHARPNESS
    weights = prior.copy()
    for _ in range(STEPS):
        slope = PRIOR_STRENGTH * (weights - prior)
        curvature = PRIOR_STRENGTH * np.eye(len(weights))
        for lesson in lessons:
            chances, wanted = _chances(lesson, weights)
            mean = lesson.signals.T @ chances
            slope += mean - lesson.signals.T @ wanted
            curvature += (lesson.signals * chances[:, None]).T @ lesson.signals
            curvature -= np.outer(mean, mean)
        weights -= DAMPING * np.linalg.solve(curvature, slope)
    return tuple(round(float(weight), 4) for weight in weights / SHARPNESS)


def _chances(
    lesson: Lesson, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each candidate's chance, and the same among the right ones only."""
    scores = lesson.signals @ weights
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    wanted = np.where(lesson.is_right, chances, 0)
    return chances, wanted / max(wanted.sum(), 1e-12)
