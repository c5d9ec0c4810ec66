"""The contract of sentence embedders, and what all of them share: cleaning and a cache."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Final, Protocol, runtime_checkable

from knowledge import threads as threads  # before numpy, whose BLAS reads its settings once

import numpy as np  # isort: skip
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

MAX_CHARS: Final = 1_000
"""What an embedder reads of a text: more than the 256 tokens a sentence model was trained for."""
CACHE_TEXTS: Final = 4_096
"""About 8 MB of vectors."""
_SPACES: Final = dict.fromkeys((*range(32), 127), " ")


class Embedder(Protocol):
    """Turns texts into vectors whose dot product says how near their meanings are."""

    @property
    def name(self) -> str:
        """Which vector space this is; vectors of different names cannot be compared."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return one vector per text.

        Shapes:
            float32 [len(texts), dim], unit length.
        """
        ...


@runtime_checkable
class WordEmbedder(Protocol):
    """Knows single words, apart from any text."""

    @property
    def word_dim(self) -> int:
        """Length of a word's vector."""
        ...

    def word_vectors(self, words: Sequence[str]) -> FloatArray:
        """Return one vector per word; words of like use are near each other.

        Shapes:
            float32 [len(words), word_dim], unit length.
        """
        ...


def clean(text: str) -> str:
    """Return at most `MAX_CHARS` of `text` without control characters and lone surrogates."""
    text = text[:MAX_CHARS].translate(_SPACES)
    return text.encode("utf-8", "replace").decode("utf-8")


class VectorCache:
    """The vectors of the texts seen last; safe to use from several threads."""

    def __init__(self, dim: int, size: int = CACHE_TEXTS) -> None:
        """Hold at most `size` vectors of length `dim`."""
        self._dim, self._size = dim, size
        self._vectors: OrderedDict[str, FloatArray] = OrderedDict()
        self._computing: dict[str, Future[Mapping[str, FloatArray]]] = {}
        """By text, the computation that will have its vector."""
        self._lock = threading.Lock()

    def embed(
        self, texts: Sequence[str], compute: Callable[[Sequence[str]], FloatArray]
    ) -> FloatArray:
        """Return the vectors of `texts`; only those not held yet are computed.

        What another thread computes already is waited for.

        Shapes:
            float32 [len(texts), dim].
        """
        texts = [clean(text) for text in texts]
        mine: Future[Mapping[str, FloatArray]] = Future()
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
            unknown = [text for text in dict.fromkeys(texts) if text not in known]
            awaited = {text: self._computing[text] for text in unknown if text in self._computing}
            missing = [text for text in unknown if text not in awaited]
            self._computing.update(dict.fromkeys(missing, mine))
        if missing:
            known.update(self._computed(missing, compute, mine))
        known.update({text: other.result()[text] for text, other in awaited.items()})
        self._remember(texts, known)
        if not texts:
            return np.zeros((0, self._dim), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    def _computed(
        self,
        texts: Sequence[str],
        compute: Callable[[Sequence[str]], FloatArray],
        promise: Future[Mapping[str, FloatArray]],
    ) -> Mapping[str, FloatArray]:
        """Return the vectors of `texts`, and give them to who waits for `promise`."""
        try:
            computed = dict(zip(texts, compute(texts), strict=True))
            self._remember(texts, computed)  # before nobody can find the computation any more
            promise.set_result(computed)
        except BaseException as error:
            promise.set_exception(error)
            raise
        finally:
            with self._lock:
                for text in texts:
                    del self._computing[text]
        return computed

    def _remember(self, texts: Sequence[str], known: Mapping[str, FloatArray]) -> None:
        with self._lock:
            for text in texts[-self._size :]:
                self._vectors[text] = known[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)


def normalise(vectors: FloatArray) -> FloatArray:
    """Return `vectors` at unit length; a zero vector stays zero.

    Shapes:
        vectors: float32 [n, dim].
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
