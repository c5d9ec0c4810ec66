"""Vectors in files of FAISS that are mapped into memory: exact when few, cells when many.

Measured with 1,000,000 vectors of length 512 on one thread (`tests/bench/vectors.py`): cells with
4-bit codes, whose best are compared again by 8-bit vectors, take a quarter of the memory of the
vectors, and are built several times as fast as a graph (HNSW) of the same recall.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from knowledge.embedder import FloatArray
from knowledge.errors import IndexDamaged
from knowledge.files import flush
from knowledge.index import BoolArray, IntArray, Selection, best, check_dim
from knowledge.types import Facts

import numpy as np  # isort: skip

COMPARED_ROWS: Final = 50_000
"""In a segment with more rows, comparing all of them would take milliseconds."""
TRAINED_ROWS: Final = 100_000
"""How many vectors decide where the cells are."""
CELLS_PER_ROOT: Final = 2
"""Cells for each square root of the number of vectors."""
SEARCHED_CELLS: Final = 64
COMPARED_AGAIN: Final = 2_000
"""How many of the rows found in these cells are compared by their 8-bit vectors."""
_SEED: Final = 0


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
        check_dim(vectors, self._dim)
        self._folder.mkdir(parents=True, exist_ok=True)
        index = _made(np.ascontiguousarray(vectors, dtype=np.float32))
        _faiss().write_index(index, str(self._file(segment)))
        np.save(self._rows_file(segment), rows)
        for path in (self._file(segment), self._rows_file(segment)):
            flush(path)

    def remove(self, rows: IntArray) -> None:
        """Leave it to the selection: a file is never changed."""

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
            _nearest(part, query, k, selection.allowed(segment), segment)
            for segment, part in self._parts.items()
            if len(part.rows)
        ]
        if not found:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        scores, rows = map(np.concatenate, zip(*found, strict=True))
        return best(scores, rows, k)

    def cosines(self, query: FloatArray, rows: IntArray) -> FloatArray:
        """Return how near `rows` are."""
        return self.vectors(rows) @ query

    def vectors(self, rows: IntArray) -> FloatArray:
        """Return the vectors of `rows`."""
        found = np.zeros((len(rows), self._dim), dtype=np.float32)
        for part in self._parts.values():
            if not len(part.rows):
                continue
            places = np.searchsorted(part.rows, rows)
            places[places == len(part.rows)] = 0
            here = part.rows[places] == rows
            if here.any():
                found[here] = part.index.reconstruct_batch(places[here])
        return found

    def _load(self, segment: int) -> _Part:
        faiss = _faiss()
        path = self._file(segment)
        if not path.exists():
            raise FileNotFoundError(2, "no such segment", str(path))
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
            rows = np.load(self._rows_file(segment), allow_pickle=False)
        except (RuntimeError, OSError, ValueError) as error:
            raise IndexDamaged(
                f"{path} cannot be read; delete the knowledge folder and sync again"
            ) from error
        if index.d != self._dim or index.ntotal != len(rows):
            raise IndexDamaged(
                f"{path} is another kind of index; delete the knowledge folder and sync again"
            )
        return _Part(index, rows)

    def _file(self, segment: int) -> Path:
        return self._folder / f"{segment:012d}.faiss"

    def _rows_file(self, segment: int) -> Path:
        return self._folder / f"{segment:012d}.rows.npy"


def _made(vectors: FloatArray) -> Any:
    faiss = _faiss()
    count, dim = vectors.shape
    if count <= COMPARED_ROWS:
        half = faiss.ScalarQuantizer.QT_fp16  # half the memory to read: twice as fast as floats
        index = faiss.IndexScalarQuantizer(dim, half, faiss.METRIC_INNER_PRODUCT)
    else:
        cells = int(CELLS_PER_ROOT * count**0.5)
        kind = f"IVF{cells},PQ{dim // 4}x4fs,Refine(SQ8)"
        index = faiss.index_factory(dim, kind, faiss.METRIC_INNER_PRODUCT)
        chosen = np.random.default_rng(_SEED).choice(count, min(count, TRAINED_ROWS), replace=False)
        index.train(vectors[np.sort(chosen)])
    index.add(vectors)
    return index


def _nearest(
    part: _Part, query: FloatArray, k: int, allowed: BoolArray | None, first: int
) -> tuple[FloatArray, IntArray]:
    faiss = _faiss()
    selector = None
    if allowed is not None:
        bits = np.packbits(allowed[part.rows - first], bitorder="little")
        selector = faiss.IDSelectorBitmap(bits)
    if isinstance(part.index, faiss.IndexRefine):
        cells = faiss.SearchParametersIVF(sel=selector, nprobe=SEARCHED_CELLS)
        params = faiss.IndexRefineSearchParameters(
            k_factor=max(1.0, COMPARED_AGAIN / k), base_index_params=cells
        )
    else:
        params = faiss.SearchParameters(sel=selector) if selector else None
    scores, places = part.index.search(query[None], min(k, len(part.rows)), params=params)
    is_found = places[0] >= 0
    return scores[0][is_found], part.rows[places[0][is_found]]


def _faiss() -> Any:
    """Return the module, imported at the first index rather than with this file (0.1 s)."""
    import faiss

    faiss.omp_set_num_threads(1)
    return faiss
