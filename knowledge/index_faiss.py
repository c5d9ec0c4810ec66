"""Vectors in files of FAISS that are mapped into memory: exact when few, a graph when many."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.embedder import FloatArray
from knowledge.errors import DimensionMismatch, IndexDamaged
from knowledge.files import flush
from knowledge.index import BoolArray, IntArray, Selection, best
from knowledge.types import Facts

import numpy as np  # isort: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """The vectors of one segment; position i of the index is the row `rows[i]`."""

    index: Any  # faiss has no type stubs
    rows: IntArray


class FaissIndex:
    """One file per segment in a folder; each is written once and never changed."""

    def __init__(self, folder: Path, dim: int, parts: Mapping[int, _Part] | None = None) -> None:
        """Search nothing yet; `of` maps segments."""
        self._folder, self._dim = folder, dim
        self._parts: Mapping[int, _Part] = parts or {}

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    def add(
        self, segment: int, rows: IntArray, vectors: FloatArray, facts: Sequence[Facts]
    ) -> None:
        """Write a segment's files."""
        if vectors.ndim != 2 or vectors.shape[1] != self._dim:
            raise DimensionMismatch(
                f"vectors of shape {vectors.shape} in an index of dimension {self._dim}"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        faiss = _faiss()
        index = faiss.IndexFlatIP(self._dim)
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        faiss.write_index(index, str(self._file(segment)))
        np.save(self._rows_file(segment), rows)
        for path in (self._file(segment), self._rows_file(segment)):
            flush(path)

    def of(self, segments: Collection[int]) -> FaissIndex:
        """Return the index of these segments; those that are mapped already are shared."""
        parts = {one: self._parts.get(one) or self._load(one) for one in segments}
        return FaissIndex(self._folder, self._dim, parts)

    def drop(self, kept: Collection[int]) -> None:
        """Delete the files of all segments but `kept`."""
        names = {path.name for one in kept for path in (self._file(one), self._rows_file(one))}
        for path in self._folder.glob("*"):
            if path.name not in names:
                path.unlink(missing_ok=True)

    def search(
        self, query: FloatArray, k: int, selection: Selection
    ) -> tuple[FloatArray, IntArray]:
        """Return the nearest selected rows of all segments."""
        found = [
            self._nearest(part, query, k, selection.allowed(segment), segment)
            for segment, part in self._parts.items()
            if len(part.rows)
        ]
        if not found:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        scores, rows = map(np.concatenate, zip(*found, strict=True))
        return best(scores, rows, k)

    def vectors(self, rows: IntArray) -> FloatArray:
        """Return the vectors of `rows`."""
        found = np.zeros((len(rows), self._dim), dtype=np.float32)
        for part in self._parts.values():
            places = np.searchsorted(part.rows, rows)
            places[places == len(part.rows)] = 0
            here = part.rows[places] == rows if len(part.rows) else np.zeros(len(rows), bool)
            if here.any():
                found[here] = part.index.reconstruct_batch(places[here])
        return found

    def _nearest(
        self, part: _Part, query: FloatArray, k: int, allowed: BoolArray | None, first: int
    ) -> tuple[FloatArray, IntArray]:
        faiss = _faiss()
        params = None
        if allowed is not None:
            bitmap = np.packbits(allowed[part.rows - first], bitorder="little")
            params = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bitmap))
        scores, places = part.index.search(query[None], min(k, len(part.rows)), params=params)
        is_found = places[0] >= 0
        return scores[0][is_found], part.rows[places[0][is_found]]

    def _load(self, segment: int) -> _Part:
        faiss = _faiss()
        path = self._file(segment)
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
            rows = np.load(self._rows_file(segment), allow_pickle=False)
        except (RuntimeError, OSError, ValueError) as error:
            raise IndexDamaged(f"{path} cannot be read; build the index again") from error
        if index.d != self._dim or index.ntotal != len(rows):
            raise IndexDamaged(f"{path} is another kind of index; build the index again")
        return _Part(index, rows)

    def _file(self, segment: int) -> Path:
        return self._folder / f"{segment:012d}.faiss"

    def _rows_file(self, segment: int) -> Path:
        return self._folder / f"{segment:012d}.rows.npy"


def _faiss() -> Any:
    """Return the module, imported at the first index rather than with this file (0.1 s)."""
    import faiss

    faiss.omp_set_num_threads(1)
    return faiss
