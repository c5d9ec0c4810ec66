"""The contract of vector indexes: where the vectors of a base are kept and compared.

A base keeps one index per vector space. Rows have numbers that are never used twice; those added in
one commit form a segment. An index keeps whatever was added until it is dropped, even what no
commit ever named: the base says which segments and rows count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from knowledge.embedder import FloatArray
from knowledge.errors import DimensionMismatch
from knowledge.types import Facts, Filters

import numpy as np  # isort: skip
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows a search may find, said twice: for databases, and for indexes in memory."""

    filters: Filters
    allowed: Callable[[int], BoolArray | None]
    """By segment, which of its rows are admitted and alive, bool [rows]; None for all."""


class Index(Protocol):
    """The vectors of one space. What is found may be approximate; cosines never are by much."""

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def add(
        self, segment: int, rows: IntArray, vectors: FloatArray, facts: Sequence[Facts]
    ) -> None:
        """Keep a segment, in place of what a killed process may have left under its number.

        Args:
            segment: The number of its first row, whether or not that row is in this space.
            rows: Ascending.
            vectors: Unit length.
            facts: Of the passage of each row.
        Shapes:
            rows: int64 [n]; vectors: float32 [n, dim].

        Raises:
            DimensionMismatch: the vectors have another length.
        """
        ...

    def remove(self, rows: IntArray) -> None:
        """Never find these rows again; rows that are not there do not matter.

        An index in files may leave that to `Selection.allowed`.
        """
        ...

    def of(self, segments: Collection[int]) -> Self:
        """Return the index that searches these segments only; this one stays as it is.

        Raises:
            IndexDamaged: one is missing or cannot be read.
        """
        ...

    def drop(self, kept: Collection[int]) -> None:
        """Forget all segments but `kept`."""
        ...

    def search(
        self, query: FloatArray, k: int, selection: Selection
    ) -> tuple[FloatArray, IntArray]:
        """Return the nearest rows that are selected, at most `k`.

        Shapes:
            query: float32 [dim]; scores: float32 [found], descending cosine; rows: int64 [found].
        """
        ...

    def cosines(self, query: FloatArray, rows: IntArray) -> FloatArray:
        """Return how near `rows` are; 0 for rows without a vector in this space.

        Shapes:
            query: float32 [dim]; rows: int64 [n]; float32 [n].
        """
        ...

    def vectors(self, rows: IntArray) -> FloatArray:
        """Return the vectors of `rows`; zeros for rows without one in this space.

        Shapes:
            rows: int64 [n]; float32 [n, dim].
        """
        ...


def best(scores: FloatArray, rows: IntArray, k: int) -> tuple[FloatArray, IntArray]:
    """Return the `k` highest scores with their rows, descending; equal scores by row."""
    order = np.lexsort((rows, -scores))[:k]
    return scores[order], rows[order]


def check_dim(vectors: FloatArray, dim: int) -> None:
    """Check that `vectors` belong into an index of dimension `dim`.

    Raises:
        DimensionMismatch: they do not.
    """
    if vectors.ndim != 2 or vectors.shape[1] != dim:
        raise DimensionMismatch(f"vectors of shape {vectors.shape} in an index of dimension {dim}")
