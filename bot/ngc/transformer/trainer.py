"""The trainer of the preset `accurate`; torch is imported when a training starts, not before."""

from __future__ import annotations

from bot.errors import MissingExtra, TrainingError
from bot.ngc.tasks.model import Lesson, Progress
from bot.ngc.transformer.model import TransformerModel
from knowledge.errors import WeightsError


def train_transformer(lesson: Lesson, progress: Progress) -> TransformerModel:
    """Return what a fine-tuned transformer learnt from `lesson`; any task.

    Raises:
        MissingExtra: torch is not installed.
        TrainingError: the samples have nothing to learn, or the encoder is not installed.
    """
    try:
        import torch  # noqa: F401 - tells at once whether it is there
    except ImportError as error:
        raise MissingExtra(
            "fine-tuning needs torch; run `pip install 'frontdesk[train]'`, or use the preset light"
        ) from error
    from bot.ngc.transformer.training import train

    try:
        return train(lesson, progress)
    except WeightsError as error:
        raise TrainingError(str(error)) from error
