"""An encoder in memory: tokens in, one vector per token out, computed by onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from knowledge.converted import ConvertedModel
from knowledge.embedder import FloatArray
from knowledge.errors import WeightsError
from knowledge.threads import THREADS

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
        import onnxruntime
        from onnxruntime.capi import (
            onnxruntime_pybind11_state as problems,  # pyright: ignore[reportAttributeAccessIssue] - compiled, without stubs
        )

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = THREADS
        options.log_severity_level = 3  # errors only: warnings about the machine help nobody here
        # An arena keeps the memory of the longest batch ever seen.
        options.enable_cpu_mem_arena = False
        try:
            session = onnxruntime.InferenceSession(
                model.graph, options, providers=["CPUExecutionProvider"]
            )
        except (problems.InvalidProtobuf, problems.InvalidGraph, problems.Fail) as error:
            raise WeightsError(f"the graph of an encoder is damaged ({error})") from error
        # The session has its own copy of the weights.
        return cls(session, replace(model, graph=b""))

    def table(self, ids: Any) -> FloatArray:
        """Return the rows `ids` (any shape) of the word table; float32 [..., dim]."""
        return self.model.words[ids] * self.model.word_scales[ids]

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
        tokens = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
        mask = np.zeros(tokens.shape, dtype=np.int32)
        for row, text_ids in enumerate(ids):
            tokens[row, : len(text_ids)] = text_ids
            mask[row, : len(text_ids)] = 1
        embedded = self.table(tokens)
        embedded += self.model.positions[: tokens.shape[1]]
        if added is not None:
            embedded += added
        vectors = self.session.run(None, {"embedded": embedded, "mask": mask})[0]
        return vectors, mask[..., None].astype(np.float32)
