"""What English words mean, as a few numbers that a sequence labeller can weigh."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bot.ngc.archive import read_arrays, write_arrays
from knowledge.embedder import FloatArray, WordEmbedder

DIRECTIONS: Final = 32
"""Main directions in which the words of a project differ; 64 measured no better."""
_FILE: Final = "senses.npz"


class WordSenses:
    """Projects word vectors onto the main directions of a project's words."""

    def __init__(self, words: WordEmbedder | None) -> None:
        """Hold what knows words; None makes no features."""
        self._words = words
        self._directions: FloatArray | None = None

    def train(self, words: Sequence[str]) -> None:
        """Find the main directions of `words`, each counted as often as it occurs."""
        known = [word for word in words if _is_english(word)]
        if self._words is None or not known:
            return
        vectors = self._words.word_vectors(known)
        centred = vectors - vectors.mean(axis=0)
        _, directions = np.linalg.eigh(centred.T @ centred)
        kept = directions[:, ::-1][:, :DIRECTIONS]
        # Numbers around 1, as the other features are, so that the penalty weighs all alike.
        self._directions = np.ascontiguousarray(kept * np.sqrt(DIRECTIONS), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write the directions, if there are any."""
        if self._directions is not None:
            write_arrays(folder / _FILE, directions=self._directions)

    def load(self, folder: Path) -> None:
        """Read the directions.

        Raises:
            ModelError: the file is damaged.
        """
        file = folder / _FILE
        self._directions = read_arrays(file)["directions"] if file.is_file() else None

    def features(self, words: Sequence[str]) -> list[dict[str, float]]:
        """Return the features of each word; none for what is no English word."""
        rows = [row for row, word in enumerate(words) if _is_english(word)]
        found: list[dict[str, float]] = [{} for _ in words]
        if self._words is None or self._directions is None or not rows:
            return found
        vectors = self._words.word_vectors([words[row] for row in rows]) @ self._directions
        for row, values in zip(rows, vectors.tolist(), strict=True):
            found[row] = dict(zip(_NAMES, values, strict=False))
        return found


_NAMES: Final = tuple(f"sense{number}" for number in range(DIRECTIONS))


def _is_english(word: str) -> bool:
    return word.isascii() and word.isalpha()
