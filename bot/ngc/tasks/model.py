"""The contract of what a task learns, and of what learns it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from bot.ngc.tasks.sample import Prediction, Sample

TaskName = Literal["intent", "slots", "ner", "sentiment", "relations"]
"""`slots` are entities of a domain, with an intent where samples have one; `ner` are names."""
Preset = Literal["light", "accurate", "auto"]
"""`light` trains in seconds on frozen embeddings, `accurate` fine-tunes a small transformer,
`auto` takes what cross-validation finds better."""
Progress = Callable[[str, float], None]
"""Receives what is being done, and which share of it is done, in [0, 1]."""


class TaskModel(Protocol):
    """What was learnt; serves without torch. Safe to use from several threads."""

    @property
    def kind(self) -> str:
        """Names the class that can load it: `light-intent`, `transformer`."""
        ...

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """Return one prediction per sample; looks at the text, and at the spans of relations."""
        ...

    def save(self, folder: Path) -> None:
        """Write everything to `folder`, which exists and is empty: JSON, arrays and ONNX only."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a trainer is given."""

    task: TaskName
    train: Sequence[Sample]
    valid: Sequence[Sample] = ()
    """For early stopping, calibration and thresholds; empty: a part of `train` is held back."""
    seed: int = 0
    threads: int = 0
    """Of torch; 0: one per core."""
    checkpoint: Path | None = None
    """A folder where an interrupted training goes on from; None keeps nothing."""


class Trainer(Protocol):
    """Learns a task."""

    def __call__(self, lesson: Lesson, progress: Progress) -> TaskModel:
        """Return what was learnt from `lesson`; the same for the same seed and machine.

        Raises:
            TrainingError: the samples do not allow it.
        """
        ...
