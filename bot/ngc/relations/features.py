"""What a relation head looks at: clues from the words, and what the entities mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from bot.ngc.component import Features
from bot.ngc.features import join
from bot.ngc.grams import GramTable
from bot.ngc.relations.clues import clues_of
from bot.ngc.tasks.sample import Sample
from knowledge.embedder import WordEmbedder

MEANING_WEIGHT: Final = 0.5
"""Length of a word vector beside clues of length 1; 1.0 was half a point worse (SemEval-2010
task 8, held-back part of train)."""
_BLANK: Final = " "
"""Has no vector: what is not English has none."""


class RelationFeatures:
    """Rows of numbers for texts with a head and a tail."""

    def __init__(self, clues: GramTable, words: WordEmbedder | None) -> None:
        """Hold the clues that training chose, and what knows words; None leaves them out."""
        self.clues, self.words = clues, words

    def rows(self, samples: Sequence[Sample]) -> list[Features]:
        """Return one row per sample.

        Shapes:
            float32 [clues + twice the length of a word vector], zeros left out.
        """
        found = [self.clues.features(clues_of(sample)) for sample in samples]
        if self.words is None:
            return found
        sides = [self._meanings(samples, side, self.words) for side in (0, 1)]
        return [join(blocks) for blocks in zip(found, *sides, strict=True)]

    def _meanings(
        self, samples: Sequence[Sample], side: int, words: WordEmbedder
    ) -> list[Features]:
        names = [_name(sample, side) for sample in samples]
        vectors = words.word_vectors(names) * np.float32(MEANING_WEIGHT)
        columns = np.arange(words.word_dim)
        return [Features(columns, vector, words.word_dim) for vector in vectors]


def _name(sample: Sample, side: int) -> str:
    span = sample.spans[side]
    name = sample.text[span.start : span.end].strip().lower()
    return name if name.isascii() and name else _BLANK
