"""Labelled texts made fit to learn from, with what people should look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.ngc.tasks import registry
from bot.ngc.tasks.augment import augment
from bot.ngc.tasks.cleaning import clean
from bot.ngc.tasks.duplicates import find_duplicates
from bot.ngc.tasks.model import Lesson, Preset, Progress
from bot.ngc.tasks.paraphrase import Reword, paraphrase
from bot.ngc.tasks.report import headline
from bot.ngc.tasks.sample import Prediction, Sample
from bot.ngc.tasks.splits import TRAIN, folds
from bot.ngc.tasks.steps import within
from bot.ngc.tasks.suspects import find_suspects
from knowledge.languages import BilingualEmbedder


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A sample that people should look at."""

    sample: Sample
    reason: str
    """`label` for a likely mistake, `conflict` for a text that has two labels, `near-duplicate`."""
    suggested: str = ""
    """A likelier label."""
    confidence: float = 0.0
    """Of the suggested label, in [0, 1]."""
    line: int = 0
    """Of the other sample of a pair, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What became of labelled texts."""

    read: int
    """How many there were."""
    blank: int
    duplicates: int
    near_duplicates: int
    samples: tuple[Sample, ...]
    """What is left, in its order."""
    added: tuple[Sample, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    score: float | None = None
    """Cross-validated measure of what is left, in [0, 1]; None where nothing was measured."""
    score_with_added: float | None = None
    """The same, taught the additions too."""


def clean_up(samples: Sequence[Sample]) -> Prepared:
    """Return `samples` clean, without blank texts and duplicates; pairs with two labels stay."""
    full = [one for one in map(clean, samples) if one.text]
    found = find_duplicates(full)
    left_out = {*found.exact, *(row for row, _ in found.near)}
    doubts = [
        Doubt(
            sample=full[row],
            reason=reason,
            suggested=full[other].label if reason == "conflict" else "",
            line=full[other].line,
        )
        for reason, pairs in (("conflict", found.conflicts), ("near-duplicate", found.near))
        for row, other in pairs
    ]
    return Prepared(
        read=len(samples),
        blank=len(samples) - len(full),
        duplicates=len(found.exact),
        near_duplicates=len(found.near),
        samples=tuple(one for row, one in enumerate(full) if row not in left_out),
        doubts=tuple(doubts),
    )


def check(
    done: Prepared, lesson: Lesson, preset: Preset, count: int, progress: Progress
) -> Prepared:
    """Return `done` with its measure and the labels that models doubt.

    Args:
        done: What `clean_up` returned.
        lesson: Task, seed and threads.
        preset: What is trained.
        count: How many folds.
        progress: Receives how far it is.

    Raises:
        TrainingError: the samples do not allow it.
    """
    lesson = replace(lesson, train=done.samples)
    suspects, predictions = find_suspects(lesson, preset, count, progress)
    doubts = [
        Doubt(
            sample=done.samples[one.row],
            reason="label",
            suggested=one.suggested,
            confidence=one.confidence,
        )
        for one in suspects
    ]
    score = headline(lesson.task, done.samples, predictions)
    return replace(done, doubts=(*doubts, *done.doubts), score=score)


def enlarge(done: Prepared, copies: int, seed: int) -> Prepared:
    """Return `done` with variants of the samples that are for training."""
    return replace(done, added=tuple(augment(_for_training(done.samples), copies, seed)))


def reword(done: Prepared, ask: Reword, copies: int, progress: Progress) -> Prepared:
    """Return `done` with further wordings of the samples that are for training.

    Args:
        done: What was prepared before.
        ask: Asks a language model.
        copies: Kept per sample, at most.
        progress: Receives how far it is.
    """
    samples = _for_training(done.samples)
    found = paraphrase(samples, ask, BilingualEmbedder(), copies=copies, progress=progress)
    known = {one.text for one in done.added}
    return replace(done, added=(*done.added, *(one for one in found if one.text not in known)))


def measure_additions(
    done: Prepared, lesson: Lesson, preset: Preset, count: int, copies: int, progress: Progress
) -> Prepared:
    """Return `done` with its measure when each fold's training samples are augmented.

    The variants of a sample that is tested are not learnt, so the two measures compare.

    Raises:
        TrainingError: the samples do not allow it.
    """
    samples = done.samples
    train = registry.trainer(lesson.task, preset)
    found = [Prediction()] * len(samples)
    for number, (learnt, tested) in enumerate(folds(samples, count, lesson.seed)):
        kept = [samples[row] for row in learnt]
        more = augment(_for_training(kept), copies, lesson.seed)
        part = within(progress, number / count, (number + 1) / count)
        model = train(replace(lesson, train=[*kept, *more]), part)
        for row, one in zip(tested, model.predict([samples[row] for row in tested]), strict=True):
            found[row] = one
    return replace(done, score_with_added=headline(lesson.task, samples, found))


def _for_training(samples: Sequence[Sample]) -> list[Sample]:
    return [sample for sample in samples if sample.split in ("", TRAIN)]
