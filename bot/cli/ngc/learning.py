"""Training for the commands: a model, its threshold, and what both cost."""

from __future__ import annotations

import time

from bot.ngc.tasks import registry
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.model import Lesson, Preset, Progress
from bot.ngc.tasks.report import Report
from bot.ngc.tasks.threshold import train_for_precision


def learn(
    lesson: Lesson, preset: Preset, target: float | None, progress: Progress
) -> tuple[Trained, Report]:
    """Return what was learnt, and the figures of its training.

    Args:
        lesson: What to learn.
        preset: How.
        target: Share of right answers that a threshold is chosen for; None chooses none.
        progress: Receives how far the training is.

    Raises:
        TrainingError: the samples do not allow it.
    """
    train = registry.trainer(lesson.task, preset)
    began = time.perf_counter()
    if target is None:
        learnt = Trained(task=lesson.task, model=train(lesson, progress))
        return learnt, {"train_seconds": time.perf_counter() - began}
    model, chosen = train_for_precision(train, lesson, target, progress)
    told: Report = {
        "train_seconds": time.perf_counter() - began,
        "target_precision": target,
        "threshold": chosen.confidence,
        "answered_when_chosen": chosen.reach,
    }
    return Trained(task=lesson.task, model=model, threshold=chosen.confidence), told
