"""A classifier that knows one vector per piece of a word: microseconds a text, numpy alone.

The vectors begin as what an encoder says about each piece on its own, projected on their main
directions and weighted by rarity (the recipe of https://github.com/MinishLab/model2vec), and are
then taught by a larger model's answers. The order of words is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelError
from bot.ngc.archive import read_arrays, read_json, write_arrays, write_json
from bot.ngc.component import MAX_CHARS
from bot.ngc.tasks.sample import Prediction, Sample
from knowledge.embedder import FloatArray, normalise

KIND: Final = "static"
FORMAT_VERSION: Final = 1
_FILE: Final = "static.json"


@dataclass(frozen=True, slots=True)
class StaticModel:
    """What was learnt. Safe to use from several threads."""

    labels: tuple[str, ...]
    vectors: NDArray[np.float16]
    """float16 [pieces, dim]."""
    weight: FloatArray
    """float32 [dim, labels], divided by the temperature."""
    bias: FloatArray
    """float32 [labels], divided by the temperature."""
    tokenizer: str
    """JSON of the package `tokenizers`."""
    pieces: Any  # the package has no type stubs
    kind: str = KIND

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        vectors: NDArray[np.float16],
        weight: FloatArray,
        bias: FloatArray,
        tokenizer: str,
    ) -> StaticModel:
        """Return a model that is ready to predict."""
        return cls(tuple(labels), vectors, weight, bias, tokenizer, reader(tokenizer))

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """Return one prediction per sample; a text without a known piece gets the bias alone."""
        return [self._predict(sample.text[:MAX_CHARS]) for sample in samples]

    def save(self, folder: Path) -> None:
        """Write everything to `folder`: JSON and arrays."""
        write_json(folder / _FILE, {"version": FORMAT_VERSION, "labels": self.labels})
        (folder / "tokenizer.json").write_text(self.tokenizer, encoding="utf-8")
        write_arrays(
            folder / "static.npz", vectors=self.vectors, weight=self.weight, bias=self.bias
        )

    def _predict(self, text: str) -> Prediction:
        ids = self.pieces.encode(text, add_special_tokens=False).ids
        pooled = np.zeros((1, self.vectors.shape[1]), dtype=np.float32)
        if ids:
            pooled[0] = self.vectors[ids].mean(axis=0, dtype=np.float32)
        logits = (normalise(pooled) @ self.weight)[0] + self.bias
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        order = np.argsort(-shares, kind="stable")
        ranking = tuple((self.labels[row], float(shares[row])) for row in order)
        return Prediction(label=ranking[0][0], confidence=ranking[0][1], ranking=ranking)


def reader(tokenizer: str) -> Any:
    """Return what cuts texts into pieces, without padding and truncation."""
    from tokenizers import Tokenizer

    pieces: Any = Tokenizer.from_str(tokenizer)
    pieces.no_padding()
    pieces.no_truncation()
    return pieces


def load_static(folder: Path) -> StaticModel:
    """Return the model that was saved to `folder`.

    Raises:
        ModelError: a file is missing or damaged, or was written by another version.
    """
    contents = read_json(folder / _FILE)
    try:
        if contents["version"] != FORMAT_VERSION:
            raise ModelError(
                f"the model has format {contents['version']}, not {FORMAT_VERSION}; make it again"
            )
        arrays = read_arrays(folder / "static.npz")
        tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
        return StaticModel.of(
            contents["labels"], arrays["vectors"], arrays["weight"], arrays["bias"], tokenizer
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder} holds a damaged model; make it again") from error
