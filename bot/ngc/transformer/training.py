"""Trains a transformer: what is held back chooses, and small sets are then learnt whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from bot.ngc.tasks.model import Lesson, Progress
from bot.ngc.tasks.sample import OUT_OF_SCOPE, Sample
from bot.ngc.tasks.splits import hold_back
from bot.ngc.transformer.calibration import Calibration, calibrate, mixed_shares
from bot.ngc.transformer.curriculum import Apprentice, Curriculum
from bot.ngc.transformer.export import export
from bot.ngc.transformer.learning import Lettered, choose_device, fine_tune
from bot.ngc.transformer.model import Facts, TransformerModel
from bot.ngc.transformer.network import NO_TARGET, Network
from bot.ngc.transformer.partner import Partner
from bot.ngc.transformer.reading import Readings, read, score
from bot.ngc.transformer.recipe import Recipe, recipe_for
from bot.ngc.transformer.scope import Scope, fit_scope, signals
from knowledge.embedder import FloatArray

HELD_BACK: Final = 0.1
"""Share of the training set that chooses where the lesson brings no validation set."""
OUTSIDE_HELD_BACK: Final = 0.5
"""Share of the texts outside all labels that chooses the threshold."""
MAX_HELD_BACK: Final = 800
"""More texts choose no better, and are missed in training."""
LEARNT_WHOLE: Final = 4_000
"""Training sets up to this size are learnt a second time with what was held back."""


@dataclass(frozen=True, slots=True)
class _Choices:
    """What the texts held back decided."""

    calibration: Calibration = Calibration()
    scope: Scope | None = None


def train(
    lesson: Lesson, progress: Progress, apprentice: Apprentice | None = None
) -> TransformerModel:
    """Return what a fine-tuned transformer learnt from `lesson`, or what `apprentice` learnt.

    Raises:
        TrainingError: the samples have nothing to learn.
        WeightsError: the weights of the encoder are not installed.
    """
    torch.set_num_threads(lesson.threads or os.cpu_count() or 1)
    curriculum = Curriculum.of(lesson, apprentice)
    recipe = recipe_for(len(lesson.train), is_rounded=curriculum.pretrained.is_rounded)
    # Numbers near zero make products many times slower. The setting is the whole process's.
    torch.set_flush_denormal(True)
    try:
        return _Course(lesson, curriculum, recipe, progress).run()
    finally:
        torch.set_flush_denormal(False)


class _Course:
    """One training from beginning to end."""

    def __init__(
        self, lesson: Lesson, curriculum: Curriculum, recipe: Recipe, progress: Progress
    ) -> None:
        self._lesson, self._curriculum, self._recipe = lesson, curriculum, recipe
        self._progress = progress
        parts = (lesson.train, lesson.valid) if lesson.valid else _parted(lesson)
        self._kept, self._back = parts
        is_whole = lesson.valid or not self._back or len(lesson.train) > LEARNT_WHOLE
        self._passes = 1 if is_whole else 2

    def run(self) -> TransformerModel:
        network = self._learn(self._kept, back=self._back, number=1)
        choices = self._choose(network)
        everything = self._lesson.train
        if self._passes == 2:
            network = self._learn(everything, back=(), number=2)
            if choices.scope is not None:
                scope = replace(choices.scope, neighbours=self._neighbours(network, everything))
                choices = replace(choices, scope=scope)
        partner = self._partner(everything) if choices.calibration.partner_weight else None
        model = self._finished(network, choices, partner)
        for number in range(1, self._passes + 1):
            if (file := self._checkpoint(number)) is not None:
                file.unlink(missing_ok=True)
        return model

    def _choose(self, network: Network) -> _Choices:
        """Let what was held back decide; `network` has not learnt it."""
        examples = self._curriculum.letter(self._back)
        if not examples or network.label_head is None:
            return _Choices()
        found = read(network, examples)
        labels = np.array([example.label for example in examples])
        partner = self._partner(self._kept)
        told = partner.log_shares(self._back) if partner else None
        known = labels != NO_TARGET
        calibration = calibrate(
            found.logits[known], None if told is None else told[known], labels[known]
        )
        shares = mixed_shares(calibration, found.logits, told)
        return _Choices(calibration, self._scope(network, found, shares, labels))

    def _learn(self, samples: Sequence[Sample], *, back: Sequence[Sample], number: int) -> Network:
        curriculum, recipe = self._curriculum, self._recipe
        torch.manual_seed(self._lesson.seed)
        network = Network(
            curriculum.pretrained,
            labels=len(curriculum.labels),
            tags=curriculum.tags,
            spots=curriculum.spots,
            dropout=recipe.dropout,
        ).to(choose_device())
        network.eval()
        if network.label_head is None and network.chain is None:
            return network  # a single label: there is nothing to choose
        examples = curriculum.letter(samples)
        _start_prototypes(network, examples)
        held = curriculum.letter(back)

        def judge() -> float:
            return score(read(network, held), held, curriculum.tags)

        def report(epoch: int, value: float | None) -> None:
            told = "" if value is None else f", {value:.1%} right on held-back texts"
            done = (number - 1 + epoch / recipe.epochs) / self._passes
            self._progress(f"epoch {epoch} of {recipe.epochs}{told}", done * 0.95)

        fine_tune(
            network,
            examples,
            recipe,
            seed=self._lesson.seed,
            score=judge if held else None,
            report=report,
            checkpoint=self._checkpoint(number),
        )
        return network

    def _partner(self, samples: Sequence[Sample]) -> Partner | None:
        """Return the light classifier; it cannot see the entities of relations."""
        labels = self._curriculum.labels
        if len(labels) < 2 or self._lesson.task == "relations" or self._curriculum.shares:
            return None  # an apprentice learns the partner's answers, too, and is to be small
        self._progress("comparing the texts", 0.96)
        return Partner.fit(self._lesson, samples, labels)

    def _scope(
        self,
        network: Network,
        found: Readings,
        shares: NDArray[Any],
        labels: NDArray[np.int64],
    ) -> Scope | None:
        is_outside = np.array([sample.label == OUT_OF_SCOPE for sample in self._back])
        if not is_outside.any() or is_outside.all():
            return None
        neighbours = self._neighbours(network, self._kept)
        told = signals(neighbours, found.vectors, found.logits, shares)
        return fit_scope(neighbours, told, is_outside, shares.argmax(axis=1) == labels)

    def _neighbours(self, network: Network, samples: Sequence[Sample]) -> FloatArray:
        inside = [sample for sample in samples if sample.label in self._curriculum.labels]
        return read(network, self._curriculum.letter(inside)).vectors

    def _finished(
        self, network: Network, choices: _Choices, partner: Partner | None
    ) -> TransformerModel:
        curriculum = self._curriculum
        weights, heads = export(network, curriculum.pretrained)
        facts = Facts(
            task=curriculum.task,
            encoder=curriculum.pretrained.name,
            licence=curriculum.pretrained.licence,
            parameters=curriculum.pretrained.parameters,
            labels=curriculum.labels,
            tags=curriculum.tags,
            granularity=curriculum.granularity,
            has_spellings=curriculum.has_spellings,
            calibration=choices.calibration,
        )
        self._progress("trained", 1.0)
        return TransformerModel.of(
            facts,
            weights,
            heads,
            curriculum.pretrained.tokenizer,
            partner=partner,
            scope=choices.scope,
        )

    def _checkpoint(self, number: int) -> Path | None:
        """Return the file of this lesson's training; another lesson has another."""
        folder = self._lesson.checkpoint
        if folder is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        told = repr((self._lesson.task, self._lesson.seed, self._recipe, self._lesson.train))
        told += repr(self._lesson.valid)
        digest = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
        return folder / f"transformer-{digest[:16]}-{number}.pt"


def _parted(lesson: Lesson) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Return what to learn, and what to hold back: more of the texts outside, which are few."""
    inside = [sample for sample in lesson.train if sample.label != OUT_OF_SCOPE]
    outside = [sample for sample in lesson.train if sample.label == OUT_OF_SCOPE]
    share = min(HELD_BACK, MAX_HELD_BACK / len(lesson.train))
    kept, back = hold_back(inside, share, lesson.seed)
    kept_outside, back_outside = hold_back(outside, OUTSIDE_HELD_BACK, lesson.seed)
    return (*kept, *kept_outside), (*back, *back_outside)


def _start_prototypes(network: Network, examples: Sequence[Lettered]) -> None:
    known = [example for example in examples if example.label != NO_TARGET]
    if network.label_head is None or not known:
        return
    vectors = torch.from_numpy(read(network, known).vectors)
    labels = torch.tensor([example.label for example in known])
    device = network.encoder.positions.device
    network.label_head.start(vectors.to(device), labels.to(device))
