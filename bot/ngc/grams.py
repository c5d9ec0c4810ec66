"""N-grams weighted by how clearly each tells labels apart (naive Bayes log-odds).

Wang and Manning, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification", 2012: a
linear head over such features beats one over plain counts where single words decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.ngc.archive import read_json, write_json
from bot.ngc.component import Features

MIN_TEXTS: Final = 2
"""What occurs in a single text cannot be weighed against anything."""
MAX_GRAMS: Final = 600_000
MAX_CELLS: Final = 4_000_000
"""N-grams times labels: what a head has to weigh. More takes minutes and more than 1 GB to fit."""
DECIMALS: Final = 3
"""Of weights: more tell nothing, and take twice the space."""


@dataclass(frozen=True, slots=True)
class GramTable:
    """Which n-grams are looked at, and how much each counts."""

    columns: dict[str, int]
    weights: NDArray[np.float32]
    """float32 [n-grams]."""

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.columns)

    @classmethod
    def learn(cls, rows: Sequence[Iterable[str]], labels: Sequence[str]) -> GramTable:
        """Return the table of the n-grams that occur in at least `MIN_TEXTS` of `rows`.

        Of too many the most frequent are kept.

        The weight is the largest log-odds over the labels of texts having the n-gram, with one
        text added to each count.
        """
        sets = [frozenset(row) for row in rows]
        counts = Counter(gram for grams in sets for gram in grams)
        kept = sorted((gram for gram in counts if counts[gram] >= MIN_TEXTS), key=_by(counts))
        most = min(MAX_GRAMS, MAX_CELLS // max(1, len(set(labels))))
        columns = {gram: column for column, gram in enumerate(kept[:most])}
        total = np.array([counts[gram] for gram in columns], dtype=np.float64)
        weights = np.zeros(len(columns))
        for label in sorted(set(labels)):
            own = np.zeros(len(columns))
            for grams, given in zip(sets, labels, strict=True):
                if given == label:
                    own[[columns[gram] for gram in grams if gram in columns]] += 1
            np.maximum(weights, _log_odds(own, total - own), out=weights)
        return cls(columns, weights.round(DECIMALS).astype(np.float32))

    def features(self, grams: Iterable[str]) -> Features:
        """Return the row of a text with `grams`, at unit length; zeros if none is known.

        Shapes:
            float32 [number of n-grams], zeros left out.
        """
        found = {column for gram in grams if (column := self.columns.get(gram)) is not None}
        columns = np.array(sorted(found), dtype=np.int64)
        values = self.weights[columns]
        length = float(np.linalg.norm(values)) or 1.0
        return Features(columns, values / np.float32(length), self.width)

    def save(self, folder: Path) -> None:
        """Write the table to `grams.json`."""
        weights = [round(weight, DECIMALS) for weight in self.weights.tolist()]
        contents = {"grams": list(self.columns), "weights": weights}
        write_json(folder / "grams.json", contents)

    @classmethod
    def load(cls, folder: Path) -> GramTable:
        """Return the table of `grams.json`.

        Raises:
            ModelError: the file is missing or damaged.
        """
        contents = read_json(folder / "grams.json")
        columns = {gram: column for column, gram in enumerate(contents["grams"])}
        return cls(columns, np.array(contents["weights"], dtype=np.float32))


def _by(counts: Counter[str]):  # noqa: ANN202 - a key of `sorted`
    return lambda gram: (-counts[gram], gram)


def _log_odds(own: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    mine, theirs = own + 1, others + 1
    return np.log((mine / mine.sum()) / (theirs / theirs.sum()))


def slices(tokens: Sequence[str], smallest: int, largest: int, *, mark: str = "") -> list[str]:
    """Return the n-grams of `tokens` from `smallest` to `largest` of them, each behind `mark`."""
    return [
        mark + " ".join(tokens[start : start + size])
        for size in range(smallest, largest + 1)
        for start in range(len(tokens) - size + 1)
    ]
