"""The ways in which a graph computes an encoder's matrix products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import FloatArray
from knowledge.onnx_writer import MICROSOFT, OnnxWriter

BLOCK: Final = 64
"""Values that share one scale in `BlockProducts`."""
ZERO: Final = 128
"""What unsigned weights call zero."""
LARGEST: Final = 127
_BITS: Final = 8
_EIGHT_BIT_PRODUCTS: Final = 4
"""The operation's `accuracy_level`: compute in 8 bits too."""


@dataclass(frozen=True, slots=True)
class Quantised:
    """A matrix in 8 bits."""

    values: NDArray[np.int8]
    """int8 [inputs, outputs]."""
    scales: FloatArray
    """float32 [outputs, blocks]: what the values of each block of inputs are multiplied with; one
    block if all inputs share their scale."""


class Products(Protocol):
    """How the products of a graph are computed."""

    def multiply(
        self, writer: OnnxWriter, left: str, name: str, bias: str, rows: Any, columns: Any
    ) -> str:
        """Append `left` times the product `name` plus `bias`; return the result's name.

        Args:
            writer: Holds the graph.
            left: float32 [..., rows].
            name: As in `knowledge.pretrained`: `0.query`.
            bias: Name of an initializer, float32 [columns].
            rows: Which inputs the columns of `left` are.
            columns: Which outputs are wanted.
        """
        ...


@dataclass(frozen=True, slots=True)
class FloatProducts:
    """In float32: exact, and the yardstick of the others."""

    weights: Mapping[str, FloatArray]

    def multiply(
        self, writer: OnnxWriter, left: str, name: str, bias: str, rows: Any, columns: Any
    ) -> str:
        """See `Products`."""
        kept = writer.keep(f"{name}.weight", self.weights[f"{name}.weight"][rows][:, columns])
        return writer.node("Add", [writer.node("MatMul", [left, kept]), bias])


@dataclass(frozen=True, slots=True)
class BlockProducts:
    """In 8 bits with a scale for each `BLOCK` values of a row.

    A text's vector never depends on the texts beside it.
    """

    weights: Mapping[str, Quantised]

    def multiply(
        self, writer: OnnxWriter, left: str, name: str, bias: str, rows: Any, columns: Any
    ) -> str:
        """See `Products`."""
        right = self.weights[name]
        values = right.values[rows][:, columns]
        inputs, outputs = values.shape
        blocks = inputs // BLOCK
        unsigned = (values.astype(np.int16) + ZERO).astype(np.uint8)
        packed = writer.keep(f"{name}.weight", unsigned.T.reshape(outputs, blocks, BLOCK))
        scales = writer.keep(f"{name}.scales", right.scales[columns])
        return writer.node(
            "MatMulNBits",
            [left, packed, scales, "", "", bias],
            domain=MICROSOFT,
            K=inputs,
            N=outputs,
            bits=_BITS,
            block_size=BLOCK,
            accuracy_level=_EIGHT_BIT_PRODUCTS,
        )


@dataclass(frozen=True, slots=True)
class TensorProducts:
    """In 8 bits with one scale for all values: twice as fast as `BlockProducts`.

    For one text at a time, and exact only where no value is far larger than the others.
    """

    weights: Mapping[str, Quantised]
    """Each with one block."""
    is_signed: bool
    """Unsigned weights take twice the time, but overflow on no processor."""

    def multiply(
        self, writer: OnnxWriter, left: str, name: str, bias: str, rows: Any, columns: Any
    ) -> str:
        """See `Products`."""
        right = self.weights[name]
        values, zero = right.values[rows][:, columns], ""
        scales = right.scales[columns].reshape(-1)
        if not self.is_signed:
            zero = writer.keep(f"{name}.zero", np.full(scales.shape, ZERO, np.uint8))
            values = (values.astype(np.int16) + ZERO).astype(np.uint8)
        kept = [writer.keep(f"{name}.weight", values), writer.keep(f"{name}.scales", scales)]
        return writer.node("DynamicQuantizeMatMul", [left, *kept, zero, bias], domain=MICROSOFT)


@dataclass(frozen=True, slots=True)
class FixedProducts:
    """In 8 bits with a scale that examples gave beforehand: a little faster than `TensorProducts`.

    What is larger than in the examples is cut.
    """

    weights: Mapping[str, Quantised]
    """Each with one block."""
    largest: Mapping[str, float]
    """By product, the largest value on its left side."""

    def multiply(
        self, writer: OnnxWriter, left: str, name: str, bias: str, rows: Any, columns: Any
    ) -> str:
        """See `Products`."""
        right = self.weights[name]
        scale = np.array(self.largest[name] / LARGEST, dtype=np.float32)
        kept = writer.keep(f"{name}.left_scale", scale)
        zero = writer.keep(f"{name}.left_zero", np.array(ZERO, dtype=np.uint8))
        inputs = [
            writer.node("QuantizeLinear", [left, kept, zero]),
            writer.keep(f"{name}.weight", right.values[rows][:, columns]),
            kept,
            writer.keep(f"{name}.scales", right.scales[columns].reshape(-1)),
            zero,
            "",
            bias,
        ]
        return writer.node("MatMulIntegerToFloat", inputs, domain=MICROSOFT)


def quantise(matrix: FloatArray, *, block: int = BLOCK, largest: int = LARGEST) -> Quantised:
    """Return `matrix`, float32 [inputs, outputs], rounded with a scale per `block` of inputs.

    Signed weights up to 63 overflow on no processor; those up to 127 do on x86 without VNNI.
    """
    inputs, outputs = matrix.shape
    blocks = matrix.reshape(inputs // block, block, outputs)
    scales = np.maximum(np.abs(blocks).max(axis=1, keepdims=True) / largest, np.float32(1e-12))
    values = np.rint(blocks / scales).astype(np.int8).reshape(inputs, outputs)
    return Quantised(values, np.ascontiguousarray(scales[:, 0].T, dtype=np.float32))


def quantise_rows(table: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """Return `table`, float32 [rows, dim], in 8 bits, and the scale of each row, [rows, 1]."""
    largest = np.abs(table).max(axis=1, keepdims=True)
    scales = np.maximum(largest / LARGEST, np.float32(1e-12)).astype(np.float32)
    return np.rint(table / scales).astype(np.int8), scales
