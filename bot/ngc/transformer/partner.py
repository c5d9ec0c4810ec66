"""The light classifier beside the encoder: frozen embeddings and n-grams under a kernel.

It compares a text with every example and sees its exact words, which fine-tuning blurs. The two err
on different texts: together they are a point better than either on Banking77 (held-back texts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from bot.ngc.tasks.light_intent import LightIntent, train_light_intent
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.sample import Sample
from knowledge.embedder import FloatArray

_LEAST: Final = 1e-6
"""The smallest share whose logarithm is taken; smaller ones mean nothing."""


class Partner:
    """Tells how likely each label is. Safe to use from several threads."""

    def __init__(self, model: LightIntent, labels: Sequence[str]) -> None:
        """Hold what was learnt, and the labels in the order of the encoder's head."""
        self._model, self._labels = model, tuple(labels)

    @classmethod
    def fit(
        cls, lesson: Lesson, samples: Sequence[Sample], labels: Sequence[str]
    ) -> Partner | None:
        """Return what the `samples` of `lesson` teach about `labels`; None of blank texts alone."""
        known = [one for one in samples if one.label in labels and one.text.strip()]
        if not known:
            return None
        own = replace(lesson, train=known, valid=(), task="intent", checkpoint=None)
        return cls(train_light_intent(own, lambda _text, _share: None), labels)

    def log_shares(self, samples: Sequence[Sample]) -> FloatArray:
        """Return the logarithm of each label's share; float32 [texts, labels]."""
        rankings = [dict(found.ranking) for found in self._model.predict(samples)]
        shares = [[ranking.get(label, 0.0) for label in self._labels] for ranking in rankings]
        return np.log(np.maximum(np.array(shares, dtype=np.float32), _LEAST))

    def save(self, folder: Path) -> None:
        """Write everything to the empty `folder`."""
        self._model.save(folder)

    @classmethod
    def load(cls, folder: Path, labels: Sequence[str]) -> Partner:
        """Return what was saved to `folder`.

        Raises:
            ModelError: a file is missing or damaged.
        """
        return cls(LightIntent.load(folder), labels)
