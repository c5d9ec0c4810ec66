"""An encoder in memory: tokens in, one vector per token out, computed by onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from knowledge.converted import ConvertedModel
from knowledge.embedder import FloatArray
from knowledge.onnx_session import open_session

import numpy as np  # isort: skip


@dataclass(frozen=True, slots=True)
class EncoderSession:
    """Safe to use from several threads."""

    session: Any  # onnxruntime has no type stubs
    model: ConvertedModel

    @classmethod
    def of(cls, model: ConvertedModel) -> EncoderSession:
        """Return a session for `model` that computes on one thread; about 0.1 s.

        Raises:
            WeightsError: onnxruntime cannot read the graph.
        """
        session = open_session(model.graph)
        # The session has its own copy of the weights.
        return cls(session, replace(model, graph=b""))

    def table(self, ids: Any) -> FloatArray:
        """Return the rows `ids` (any shape) of the word table; float32 [..., dim]."""
        return self.model.words[ids] * self.model.word_scales[ids]

    def inputs(
        self, ids: Sequence[Sequence[int]], added: FloatArray | None = None
    ) -> dict[str, Any]:
        """Return what the graph is given for texts; see `hidden`."""
        tokens = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
        mask = np.zeros(tokens.shape, dtype=np.int32)
        for row, text_ids in enumerate(ids):
            tokens[row, : len(text_ids)] = text_ids
            mask[row, : len(text_ids)] = 1
        embedded = self.table(tokens)
        embedded += self.model.positions[: tokens.shape[1]]
        if added is not None:
            embedded += added
        return {"embedded": embedded, "mask": mask}

    def hidden(
        self, ids: Sequence[Sequence[int]], added: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Return the vectors of the tokens of each text, and which of them are tokens.

        Args:
            ids: Of at least one text; none longer than the table of positions.
            added: What to add to the embedding of each token, if anything.
        Shapes:
            added: float32 [texts, longest, dim]; vectors: the same; mask: float32
            [texts, longest, 1], 1 for tokens and 0 behind the end of a text.
        """
        inputs = self.inputs(ids, added)
        vectors = self.session.run(None, inputs)[0]
        return vectors, inputs["mask"][..., None].astype(np.float32)
