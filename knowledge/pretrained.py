"""Published encoders as plain arrays, whatever file they came in; from these, training starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from knowledge.embedder import FloatArray

PRODUCTS: Final = ("query", "key", "value", "output", "up", "down")
"""The matrix products of a layer in the order of the computation."""
NORMS: Final = ("attention_norm", "output_norm")
"""The layer normalisations of a layer, one after the attention and one after the wide part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderShape:
    """The sizes of a BERT encoder (https://arxiv.org/abs/1810.04805)."""

    layers: int
    heads: int
    hidden: int
    feed_forward: int
    epsilon: float
    """Of the layer normalisations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainedEncoder:
    """A BERT encoder with its tokenizer, in float32."""

    name: str
    licence: str
    shape: EncoderShape
    tokenizer: str
    """JSON of the package `tokenizers`."""
    is_cased: bool
    """Tells capitals from small letters."""
    is_rounded: bool
    """Was published in fewer than 8 bits."""
    arrays: Mapping[str, FloatArray]
    """`words` [words, hidden]; `positions` [positions, hidden], with the embedding of the first
    segment; `norm.weight` and `norm.bias` [hidden]; of each layer from 0 the `PRODUCTS` and
    `NORMS`: `0.query.weight` [inputs, outputs], `0.query.bias` [outputs] ..."""

    @property
    def parameters(self) -> int:
        """How many numbers were learnt, the tables among them."""
        return sum(array.size for array in self.arrays.values())
