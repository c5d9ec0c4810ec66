"""Exact nearest-neighbour search over unit vectors, kept by FAISS. Holds no texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from knowledge.embedder import FloatArray
from knowledge.errors import DimensionMismatch, IndexDamaged, IndexEmpty

import numpy as np  # isort: skip
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


class VectorIndex:
    """All vectors of one language in one `IndexFlatIP`: exact, and fast for 100,000 questions."""

    def __init__(self, dim: int) -> None:
        """Hold an empty index of vectors of length `dim`."""
        self._index: Any = _faiss().IndexFlatIP(dim)  # Any: faiss has no type stubs

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def add(self, vectors: FloatArray) -> None:
        """Append `vectors`; rows count on from those already held.

        Shapes:
            vectors: float32 [n, dim], unit length.

        Raises:
            DimensionMismatch: they have another length.
        """
        self._check(vectors)
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def search(self, vectors: FloatArray, k: int) -> tuple[FloatArray, IntArray]:
        """Return the `k` nearest rows of each query.

        Args:
            vectors: Unit-length queries.
            k: At least 1; clipped to the number of rows.
        Shapes:
            vectors: float32 [n, dim]; scores: float32 [n, k], descending; rows: int64 [n, k].

        Raises:
            IndexEmpty: nothing was added yet.
            DimensionMismatch: the queries have another length.
        """
        if not len(self):
            raise IndexEmpty("the index holds no vectors; add passages first")
        self._check(vectors)
        queries = np.ascontiguousarray(vectors, dtype=np.float32)
        return self._index.search(queries, max(1, min(k, len(self))))

    def save(self, path: Path) -> None:
        """Write the index to `path`, in FAISS's own format."""
        _faiss().write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Return the index written to `path`.

        Raises:
            IndexDamaged: the file is missing or is not an index of this kind.
        """
        faiss = _faiss()
        try:
            stored = faiss.read_index(str(path))
        except RuntimeError as error:
            raise IndexDamaged(f"{path.name} cannot be read; build the index again") from error
        if (
            not isinstance(stored, faiss.IndexFlat)
            or stored.metric_type != faiss.METRIC_INNER_PRODUCT
        ):
            raise IndexDamaged(f"{path.name} is another kind of index; build the index again")
        index = cls(stored.d)
        index._index = stored
        return index

    def _check(self, vectors: FloatArray) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise DimensionMismatch(
                f"vectors of shape {vectors.shape} in an index of dimension {self.dim}"
            )


def _faiss() -> Any:
    """Return the module, imported at the first index rather than with this file (0.1 s)."""
    import faiss

    faiss.omp_set_num_threads(1)
    return faiss
