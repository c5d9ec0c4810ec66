"""Converts published weights once per user and keeps the result in the user's cache folder."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from knowledge.embedder import FloatArray
from knowledge.errors import WeightsError
from knowledge.weights import WeightFile

import numpy as np  # isort: skip
from numpy.typing import NDArray

VERSION: Final = 1
"""Of the conversion; a new one is kept beside the old."""
_GRAPH: Final = "graph.onnx"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertedModel:
    """A graph for onnxruntime, and the tables of what goes into it."""

    graph: bytes
    words: NDArray[np.int8]
    """int8 [words, dim]; may lie in a file that is read row by row."""
    word_scales: FloatArray
    """float32 [words, 1]."""
    positions: FloatArray
    """float32 [positions, dim]."""


def cache_folder() -> Path:
    """Return FRONTDESK_CACHE, or `frontdesk` in the user's cache folder."""
    if chosen := os.environ.get("FRONTDESK_CACHE"):
        return Path(chosen)
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "frontdesk"


def converted(published: WeightFile) -> ConvertedModel:
    """Return the converted MiniLM of `published`; the first call per user converts (0.3 s).

    Where the cache folder cannot be written, every process converts for itself.

    Raises:
        WeightsError: the weights are missing or were changed, or the cached copy is damaged.
    """
    folder = cache_folder() / f"minilm-{published.sha256[:16]}-{VERSION}"
    if not folder.is_dir():
        contents = published.read()
        from knowledge.minilm_graph import convert

        graph, tables = convert(contents)
        try:
            _keep(folder, graph, tables)
        except OSError as error:
            _log.warning("weights.not_cached", extra={"folder": str(folder), "why": str(error)})
            return ConvertedModel(graph=graph, **tables)
    return _read(folder)


def _keep(folder: Path, graph: bytes, tables: dict[str, NDArray[Any]]) -> None:
    """Write a folder that appears under its name only when it is complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    try:
        (draft / _GRAPH).write_bytes(graph)
        for name, table in tables.items():
            np.save(draft / f"{name}.npy", table, allow_pickle=False)
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not folder.is_dir():  # else another process was faster
            raise


def _read(folder: Path) -> ConvertedModel:
    try:
        return ConvertedModel(
            graph=(folder / _GRAPH).read_bytes(),
            # Only the pages with the words of the messages come into memory.
            words=np.load(folder / "words.npy", mmap_mode="r", allow_pickle=False),
            word_scales=np.load(folder / "word_scales.npy", allow_pickle=False),
            positions=np.load(folder / "positions.npy", allow_pickle=False),
        )
    except (OSError, ValueError, EOFError) as error:
        raise WeightsError(f"{folder} is damaged ({error}); delete it") from error
