"""A threshold chosen for a target precision, whatever model answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bot.errors import TrainingError
from bot.ngc.tasks.calibration import precision_threshold
from bot.ngc.tasks.model import Lesson, Progress, TaskModel, Trainer
from bot.ngc.tasks.sample import Prediction, Sample
from bot.ngc.tasks.splits import hold_back
from bot.ngc.tasks.steps import within

HELD_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where answers begin to be given."""

    confidence: float
    reach: float
    """Share of the texts that are still answered, in [0, 1]."""


def train_for_precision(
    train: Trainer, lesson: Lesson, target: float, progress: Progress
) -> tuple[TaskModel, Threshold]:
    """Return a model and the threshold above which `target` of its answers are right.

    The threshold is chosen on `lesson.valid`; without it on a fifth of the samples, by a model
    that did not learn them.

    Raises:
        TrainingError: the samples do not allow it.
    """
    if lesson.valid:
        model = train(lesson, progress)
        return model, choose(lesson.valid, model.predict(lesson.valid), target)
    kept, held = hold_back(lesson.train, HELD_SHARE, lesson.seed)
    if not held:
        raise TrainingError("a threshold needs labels with two texts or more; add some")
    first = train(replace(lesson, train=kept, checkpoint=None), within(progress, 0.0, 0.45))
    threshold = choose(held, first.predict(held), target)
    return train(lesson, within(progress, 0.45, 1.0)), threshold


def choose(
    samples: Sequence[Sample], predictions: Sequence[Prediction], target: float
) -> Threshold:
    """Return the lowest threshold above which `target` of the predictions are right."""
    sure = np.array([one.confidence for one in predictions])
    is_right = np.array([
        bool(one.ranking) and one.ranking[0][0] == sample.label
        for sample, one in zip(samples, predictions, strict=True)
    ])  # fmt: skip
    return Threshold(*precision_threshold(sure, is_right, target))
