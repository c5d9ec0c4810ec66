"""Examples whose label is likely a mistake, by models that did not learn them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.ngc.tasks.choice import cross_validated
from bot.ngc.tasks.model import Lesson, Preset, Progress
from bot.ngc.tasks.sample import Prediction, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A label that people should look at."""

    row: int
    """Of the samples, from 0."""
    suggested: str
    confidence: float
    """Of the suggested label, in [0, 1]."""
    doubt: float
    """By how much the suggested label is likelier than the given one, in [0, 1]."""


def find_suspects(
    lesson: Lesson, preset: Preset, folds: int, progress: Progress
) -> tuple[list[Suspect], list[Prediction]]:
    """Return the suspects, the most doubtful first, and the predictions of all samples.

    Raises:
        TrainingError: the samples do not allow it.
    """
    predictions = cross_validated(lesson, preset, folds, progress)
    return suspects_of(lesson.train, predictions), predictions


def suspects_of(samples: Sequence[Sample], predictions: Sequence[Prediction]) -> list[Suspect]:
    """Return the samples that are surer of another label than that label's own ones usually are.

    Confident learning; Northcutt, Jiang and Chuang, 2021 (https://arxiv.org/abs/1911.00068).
    """
    shares = [dict(one.ranking) for one in predictions]
    usual = _usual(samples, shares)
    found: list[Suspect] = []
    for row, (sample, one) in enumerate(zip(samples, shares, strict=True)):
        if not sample.label or not one:
            continue
        best, share = max(one.items(), key=lambda pair: pair[1])
        own = one.get(sample.label, 0.0)
        if best != sample.label and share >= usual.get(best, 1.0):
            found.append(Suspect(row=row, suggested=best, confidence=share, doubt=share - own))
    return sorted(found, key=lambda one: -one.doubt)


def _usual(samples: Sequence[Sample], shares: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return how sure models are of each label in the mean of the samples that carry it."""
    own: dict[str, list[float]] = {}
    for sample, one in zip(samples, shares, strict=True):
        own.setdefault(sample.label, []).append(one.get(sample.label, 0.0))
    return {label: float(np.mean(values)) for label, values in own.items()}
