"""Converts published weights once per user and keeps the result in the user's cache folder.

What lies there is trusted as an installed package is: only its user can write it.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from knowledge.embedder import FloatArray
from knowledge.errors import WeightsError
from knowledge.processor import PROBE, fitting_graph
from knowledge.weights import WeightFile

import numpy as np  # isort: skip
from numpy.typing import NDArray

Tables = Mapping[str, NDArray[Any]]

VERSION: Final = 6
"""Of the conversion; a new one is kept beside the old."""
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
    """Return the converted MiniLM of `published`; the first call per user converts (0.5 s).

    Where the cache folder cannot be written, every process converts for itself.

    Raises:
        WeightsError: the weights are missing or were changed, or the cached copy is damaged.
    """
    folder = cache_folder() / f"minilm-{published.sha256[:16]}-{VERSION}"
    if not folder.is_dir():
        contents = published.read()
        from knowledge.minilm_graph import convert  # needs this module's names

        graphs, tables = convert(contents)
        if not _keep(folder, tables, graphs):
            return ConvertedModel(graph=graphs[fitting_graph(graphs[PROBE])], **tables)
    return _read(folder)


def mapped(name: str, make: Callable[[], Tables]) -> Tables:
    """Return the arrays that lie in the user's cached folder `name`, read page by page.

    `make` computes them where the folder does not exist yet; where none can be written, its
    arrays are returned as they are.

    Raises:
        WeightsError: the cached copy is damaged.
    """
    folder = cache_folder() / name
    if not folder.is_dir():
        made = make()
        if not _keep(folder, made):
            return made
    names = [file.stem for file in folder.glob("*.npy")]
    # A view of the plain class: numpy's own for mapped files is slow to index.
    return {name: np.asarray(_table(folder, name, is_mapped=True)) for name in names}


def _keep(folder: Path, tables: Tables, graphs: Mapping[str, bytes] | None = None) -> bool:
    """Write a folder that appears under its name only when complete; return whether it is there."""
    draft: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
        for name, table in tables.items():
            np.save(draft / f"{name}.npy", table, allow_pickle=False)
        for name, graph in (graphs or {}).items():
            (draft / name).write_bytes(graph)
        draft.rename(folder)
    except OSError as error:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
        if not folder.is_dir():  # else another process was faster
            _log.warning("weights.not_cached", extra={"folder": str(folder), "why": str(error)})
    return folder.is_dir()


def _read(folder: Path) -> ConvertedModel:
    try:
        # The folder may have been written on another machine.
        graph = (folder / fitting_graph((folder / PROBE).read_bytes())).read_bytes()
    except OSError as error:
        raise WeightsError(f"{folder} is damaged ({error}); delete it") from error
    return ConvertedModel(
        graph=graph,
        # Only the pages with the words of the messages come into memory.
        words=_table(folder, "words", is_mapped=True),
        word_scales=_table(folder, "word_scales"),
        positions=_table(folder, "positions"),
    )


def _table(folder: Path, name: str, *, is_mapped: bool = False) -> NDArray[Any]:
    mode = "r" if is_mapped else None
    try:
        return np.load(folder / f"{name}.npy", mmap_mode=mode, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise WeightsError(f"{folder} is damaged ({error}); delete it") from error
