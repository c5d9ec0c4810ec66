"""Which texts a command learns from, and which it measures on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.reader import read_samples
from bot.ngc.tasks.sample import Sample
from bot.ngc.tasks.splits import TEST, TRAIN, VALID, hold_back, part


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The files, and what of them is meant."""

    task: TaskName
    train: Path
    test: Path | None = None
    valid: Path | None = None
    train_split: str = TRAIN
    test_split: str | None = None
    holdout: float = 0.2
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The texts of one measurement; no text of `test` is in the others."""

    train: tuple[Sample, ...]
    valid: tuple[Sample, ...]
    test: tuple[Sample, ...]
    measured_on: str
    """What `test` is, for people."""


def gather(source: Source) -> Data:
    """Return the texts of `source`.

    Without a test file, and without rows for tests, a share of the training rows is held back.

    Raises:
        BotError: a file is missing or has no such rows.
        ConfigErrors: all mistakes of a file at once.
    """
    samples = read_samples(source.train, source.task)
    splits = {sample.split for sample in samples}
    own = source.test is None or source.test.resolve() == source.train.resolve()
    tested = samples if own or source.test is None else read_samples(source.test, source.task)
    wanted = [source.test_split] if source.test_split else [TEST, VALID]
    if own and not splits & set(wanted):
        train, test = hold_back(part(samples, source.train_split), source.holdout, source.seed)
        told = f"{source.holdout:.0%} of {source.train.name}, held back by seed {source.seed}"
        return Data(train=train, valid=_valid(source, samples, set()), test=test, measured_on=told)
    train, test = part(samples, source.train_split), part(tested, *wanted)
    used = {test[0].split} if own else set()
    name = (source.test or source.train).name
    told = f"the rows `{test[0].split}` of {name}" if test[0].split else name
    return Data(train=train, valid=_valid(source, samples, used), test=test, measured_on=told)


def training_part(source: Source) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Return what to learn from, and what thresholds are chosen on.

    Raises:
        BotError: a file is missing or has no such rows.
        ConfigErrors: all mistakes of a file at once.
    """
    samples = read_samples(source.train, source.task)
    return part(samples, source.train_split), _valid(source, samples, set())


def _valid(source: Source, samples: Sequence[Sample], used: set[str]) -> tuple[Sample, ...]:
    if source.valid is not None and source.valid.resolve() != source.train.resolve():
        return part(read_samples(source.valid, source.task), VALID, TEST)
    if VALID in used:
        return ()
    return tuple(sample for sample in samples if sample.split == VALID)
