"""BM25 over the rows of one segment: postings in flat arrays that are mapped, not read.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009),
<https://doi.org/10.1561/1500000019>. How rare a term is counts over all segments, so it is weighed
when a query comes, and a segment never has to be written again because another one was added
(bm25s stores finished scores, which a single new document makes stale).
"""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from knowledge.terms import terms

import numpy as np  # isort: skip
from numpy.typing import NDArray

SATURATION: Final = 1.2
"""k1: how soon more of the same term stops to count."""
LENGTH_WEIGHT: Final = 0.75
"""b: how much long rows are held against their length."""
_ARRAYS: Final = ("hashes", "starts", "rows", "weights")


@dataclass(frozen=True, slots=True)
class Postings:
    """Which rows hold a term: `rows[starts[i]:starts[i + 1]]` those of the term `hashes[i]`.

    Shapes:
        hashes: uint64 [terms], ascending; starts: int64 [terms + 1]; rows: int32 [postings];
        weights: float32 [postings], term frequency after saturation, in [0, 1].
    """

    hashes: NDArray[np.uint64]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Postings:
        """Return the postings of `texts`; about 20 µs per short text."""
        counts = [Counter(map(_hash, terms(text))) for text in texts]
        hashes = np.fromiter((term for row in counts for term in row), np.uint64)
        tally = np.fromiter((count for row in counts for count in row.values()), np.float32)
        lengths = np.fromiter((len(row) for row in counts), np.int32, len(counts))
        totals = np.fromiter((row.total() for row in counts), np.float32, len(counts))
        rows = np.repeat(np.arange(len(counts), dtype=np.int32), lengths)
        mean = max(float(totals.mean()) if len(counts) else 0.0, 1.0)
        norms = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * totals / mean)
        order = np.argsort(hashes, kind="stable")
        distinct, starts = np.unique(hashes[order], return_index=True)
        weights = (tally / (tally + norms[rows])).astype(np.float32)
        ends = np.append(starts, len(hashes)).astype(np.int64)
        return cls(distinct, ends, rows[order], weights[order])

    def find(self, term: int) -> slice:
        """Return where the postings of a hashed term are; empty if no row holds it."""
        place = int(np.searchsorted(self.hashes, np.uint64(term)))
        if place == len(self.hashes) or int(self.hashes[place]) != term:
            return slice(0, 0)
        return slice(int(self.starts[place]), int(self.starts[place + 1]))

    def save(self, folder: Path) -> None:
        """Write one array per file into `folder`."""
        for name in _ARRAYS:
            np.save(folder / f"terms-{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path) -> Postings:
        """Return the postings in `folder`, mapped into memory.

        Raises:
            OSError: a file is missing.
            ValueError: a file is not an array.
        """
        return cls(*(_mapped(folder / f"terms-{name}.npy") for name in _ARRAYS))


def hashed_terms(text: str) -> list[int]:
    """Return the different terms of a query, as `Postings` name them."""
    return list(dict.fromkeys(map(_hash, terms(text))))


def rarity(found: int, total: int) -> float:
    """Return the inverse document frequency of a term that `found` of `total` rows hold."""
    return float(np.log1p((total - found + 0.5) / (found + 0.5)))


def _mapped(path: Path) -> Any:
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


@functools.lru_cache(maxsize=100_000)
def _hash(term: str) -> int:
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")
