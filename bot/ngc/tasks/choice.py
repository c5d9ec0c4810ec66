"""The preset `auto`: what cross-validation on the training data finds better is trained on all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.errors import MissingExtra
from bot.ngc.tasks import registry
from bot.ngc.tasks.model import Lesson, Preset, Progress, TaskModel
from bot.ngc.tasks.report import headline
from bot.ngc.tasks.sample import Prediction, Sample
from bot.ngc.tasks.splits import folds
from bot.ngc.tasks.steps import within

FOLDS: Final = 3
FEW: Final = 1_500
"""Up to here all folds are trained; with more, one fold tells presets apart well enough."""
CANDIDATES: Final[tuple[Preset, ...]] = ("light", "accurate")
MARGIN: Final = 0.002
"""How much better `accurate` has to be: it takes longer to train and to answer."""


def train_best(lesson: Lesson, progress: Progress) -> TaskModel:
    """Return what the better preset learnt from `lesson`; `light` where torch is not installed.

    Raises:
        TrainingError: the samples do not allow it.
    """
    return registry.trainer(lesson.task, better_preset(lesson, progress))(
        lesson, within(progress, 0.6, 1.0)
    )


def better_preset(lesson: Lesson, progress: Progress) -> Preset:
    """Return the preset that is better on the samples left out, in the mean of the folds.

    Raises:
        TrainingError: the samples do not allow it.
    """
    if len(lesson.train) < 2 * FOLDS:
        return "light"
    scores: dict[Preset, float] = {}
    for number, preset in enumerate(CANDIDATES):
        low, high = 0.6 * number / len(CANDIDATES), 0.6 * (number + 1) / len(CANDIDATES)
        try:
            scores[preset] = _score(lesson, preset, within(progress, low, high))
        except MissingExtra:
            if preset == "light":
                raise
    return "accurate" if scores.get("accurate", 0.0) > scores["light"] + MARGIN else "light"


def cross_validated(
    lesson: Lesson, preset: Preset, count: int, progress: Progress
) -> list[Prediction]:
    """Return a prediction of each sample of `lesson.train` by a model that did not learn it.

    Raises:
        TrainingError: the samples do not allow it.
    """
    samples = lesson.train
    found: list[Prediction | None] = [None] * len(samples)
    train = registry.trainer(lesson.task, preset)
    for number, (learnt, tested) in enumerate(folds(samples, count, lesson.seed)):
        part = replace(lesson, train=[samples[row] for row in learnt], checkpoint=None)
        model = train(part, within(progress, number / count, (number + 1) / count))
        for row, one in zip(tested, model.predict([samples[row] for row in tested]), strict=True):
            found[row] = one
    return [one if one is not None else Prediction() for one in found]


def _score(lesson: Lesson, preset: Preset, progress: Progress) -> float:
    train = registry.trainer(lesson.task, preset)
    parts = list(folds(lesson.train, FOLDS, lesson.seed))
    used = parts if len(lesson.train) <= FEW else parts[:1]
    tested: list[Sample] = []
    found: list[Prediction] = []
    for number, (learnt, left_out) in enumerate(used):
        part = within(progress, number / len(used), (number + 1) / len(used))
        model = train(replace(lesson, train=_of(lesson, learnt), checkpoint=None), part)
        rest = _of(lesson, left_out)
        tested += rest
        found += model.predict(rest)
    return headline(lesson.task, tested, found)


def _of(lesson: Lesson, rows: Sequence[int]) -> list[Sample]:
    return [lesson.train[row] for row in rows]
