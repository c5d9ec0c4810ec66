"""A transformer with fewer layers that learns from what a larger model says."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.errors import TrainingError
from bot.ngc.tasks.model import Lesson, Progress
from bot.ngc.tasks.sample import Prediction, Sample
from bot.ngc.tasks.steps import within
from bot.ngc.transformer.curriculum import Apprentice
from bot.ngc.transformer.model import TransformerModel
from bot.ngc.transformer.training import train
from bot.nsm.dissect import dissect
from knowledge.embedder import FloatArray
from knowledge.pretrained import PretrainedEncoder

LAYERS: Final = 3
VARIANTS: Final = 4
"""Changed copies of each text, about which the teacher is asked, too."""
MAX_TEXTS: Final = 20_000
"""More texts teach little more, and take minutes."""
_ASKED_AT_ONCE: Final = 200
_DROPPED: Final = 0.15
"""Chance of a word to be left out of a copy."""


def distil(
    teacher: TransformerModel, lesson: Lesson, progress: Progress, *, layers: int = LAYERS
) -> TransformerModel:
    """Return a model with `layers` of the teacher's layers that answers as the teacher does.

    Args:
        teacher: What knows.
        lesson: The teacher's own samples, or others of the kind; labels are asked of the teacher.
        progress: Told how far training is.
        layers: At least 1, fewer than the teacher's.

    Raises:
        TrainingError: the teacher has too few layers, or the lesson no samples.
    """
    encoder = dissect(teacher)
    if not 1 <= layers < encoder.shape.layers:
        raise TrainingError(
            f"the model has {encoder.shape.layers} layers; choose fewer, and at least 1"
        )
    samples = transfer_set(lesson.train, seed=lesson.seed)
    answers = asked(teacher, samples, within(progress, 0.0, 0.1))
    # What people said about a text is kept; about a changed copy only the teacher can tell.
    told = [
        *lesson.train,
        *map(_as_told, samples[len(lesson.train) :], answers[len(lesson.train) :]),
    ]
    apprentice = Apprentice(
        encoder=shortened(encoder, layers), shares=shares_of(teacher.facts.labels, samples, answers)
    )
    return train(replace(lesson, train=told), within(progress, 0.1, 1.0), apprentice)


def asked(
    teacher: TransformerModel, samples: Sequence[Sample], progress: Progress
) -> list[Prediction]:
    """Return what `teacher` says about `samples`."""
    found: list[Prediction] = []
    for start in range(0, len(samples), _ASKED_AT_ONCE):
        progress(f"asking the teacher about {len(samples)} texts", start / len(samples))
        found += teacher.predict(samples[start : start + _ASKED_AT_ONCE])
    return found


def transfer_set(samples: Sequence[Sample], *, seed: int) -> list[Sample]:
    """Return `samples`, and then copies of them in which words are missing or have moved.

    Samples with spans are not copied: their offsets would not fit.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable order, not a secret
    copies = [
        replace(sample, text=_changed(sample.text, chance))
        for _ in range(VARIANTS)
        for sample in samples
        if not sample.spans
    ]
    known = {sample.text for sample in samples}
    fresh = list({copy.text: copy for copy in copies if copy.text not in known}.values())
    return [*samples, *fresh[: max(0, MAX_TEXTS - len(samples))]]


def shares_of(
    labels: Sequence[str], samples: Sequence[Sample], answers: Sequence[Prediction]
) -> dict[str, tuple[float, ...]]:
    """Return by text the probabilities of `labels` in their order."""
    found = {}
    for sample, answer in zip(samples, answers, strict=True):
        by_label: Mapping[str, float] = dict(answer.ranking)
        if by_label:
            found[sample.text] = tuple(by_label.get(label, 0.0) for label in labels)
    return found


def shortened(encoder: PretrainedEncoder, layers: int) -> PretrainedEncoder:
    """Return `encoder` with `layers` of its layers, evenly spread, the last one among them."""
    total = encoder.shape.layers
    kept = [round((number + 1) * total / layers) - 1 for number in range(layers)]
    arrays: dict[str, FloatArray] = {}
    for name, array in encoder.arrays.items():
        layer, _, rest = name.partition(".")
        if not layer.isdigit():
            arrays[name] = array
        elif int(layer) in kept:
            arrays[f"{kept.index(int(layer))}.{rest}"] = array
    shape = replace(encoder.shape, layers=layers)
    return replace(encoder, shape=shape, arrays=arrays, name=f"{encoder.name}, {layers} layers")


def _as_told(sample: Sample, answer: Prediction) -> Sample:
    return replace(sample, label=answer.label, spans=answer.spans or sample.spans)


def _changed(text: str, chance: random.Random) -> str:
    """Return `text` with some words left out and two neighbours exchanged."""
    is_spaced = " " in text
    words = text.split() if is_spaced else list(text)
    kept = [word for word in words if chance.random() > _DROPPED] or words
    if len(kept) > 1:
        place = chance.randrange(len(kept) - 1)
        kept[place : place + 2] = reversed(kept[place : place + 2])
    return (" " if is_spaced else "").join(kept)
