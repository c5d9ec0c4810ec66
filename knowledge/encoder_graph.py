"""Writes a BERT encoder as a graph for onnxruntime that computes with 8-bit weights.

Few large operations of onnxruntime's own, which take a third of the memory and of the time of a
graph in float32. Each row of a product's left side is quantised on its own, so that a text has the
same vector alone and beside others. Needs the package `onnx`; what it writes does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import FloatArray
from knowledge.pretrained import EncoderShape

BLOCK: Final = 64
"""Values that share one scale when the left side of a product is quantised."""
_BITS: Final = 8
_ZERO: Final = 128
"""The operation's weights are unsigned."""
_LARGEST: Final = 127
_EIGHT_BIT_PRODUCTS: Final = 4
"""The operation's `accuracy_level`: compute in 8 bits too."""
_MICROSOFT: Final = "com.microsoft"
_OPSET: Final = 17
_IR_VERSION: Final = 8


@dataclass(frozen=True, slots=True)
class Quantised:
    """A matrix in 8 bits."""

    values: NDArray[np.int8]
    """int8 [inputs, outputs]."""
    scales: FloatArray
    """float32 [outputs, blocks]: what the values of each `BLOCK` of inputs are multiplied with."""


def quantise(matrix: FloatArray) -> Quantised:
    """Return `matrix`, float32 [inputs, outputs], rounded to 8 bits with one scale per block."""
    inputs, outputs = matrix.shape
    blocks = matrix.reshape(inputs // BLOCK, BLOCK, outputs)
    scales = np.maximum(np.abs(blocks).max(axis=1, keepdims=True) / _LARGEST, np.float32(1e-12))
    values = np.rint(blocks / scales).astype(np.int8).reshape(inputs, outputs)
    return Quantised(values, np.ascontiguousarray(scales[:, 0].T, dtype=np.float32))


def quantise_rows(table: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """Return `table`, float32 [rows, dim], in 8 bits, and the scale of each row, [rows, 1]."""
    largest = np.abs(table).max(axis=1, keepdims=True)
    scales = np.maximum(largest / _LARGEST, np.float32(1e-12)).astype(np.float32)
    return np.rint(table / scales).astype(np.int8), scales


def encoder_graph(
    shape: EncoderShape, arrays: Mapping[str, FloatArray], products: Mapping[str, Quantised]
) -> bytes:
    """Return the graph behind the embeddings.

    Args:
        shape: The sizes.
        arrays: Biases and layer normalisations, named as in `knowledge.pretrained`.
        products: The weights of the products: `0.query`, `0.key` ...
    Shapes:
        `embedded` float32 [texts, tokens, hidden] and `mask` int32 [texts, tokens] give
        `hidden` float32 [texts, tokens, hidden].
    """
    from onnx import TensorProto, helper

    writer = _Writer(shape, arrays, products)
    hidden = writer.normalised("embedded", "norm")
    for layer in range(shape.layers):
        hidden = _layer(writer, f"{layer}.", hidden)
    writer.node("Identity", [hidden], output="hidden")
    sizes = ["texts", "tokens", shape.hidden]
    graph = helper.make_graph(
        writer.nodes,
        "encoder",
        [
            helper.make_tensor_value_info("embedded", TensorProto.FLOAT, sizes),
            helper.make_tensor_value_info("mask", TensorProto.INT32, sizes[:2]),
        ],
        [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, sizes)],
        writer.initializers,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
    return model.SerializeToString(deterministic=True)


def _layer(writer: _Writer, layer: str, hidden: str) -> str:
    """Append one layer of the encoder; return the name of its result."""
    sides = [writer.product(hidden, f"{layer}{part}") for part in ("query", "key", "value")]
    heard = writer.attention(sides)
    output = writer.product(heard, f"{layer}output")
    hidden = writer.normalised(output, f"{layer}attention_norm", skipped=hidden)
    wide = writer.product(hidden, f"{layer}up")
    active = writer.node("Gelu", [wide], domain=_MICROSOFT)
    output = writer.product(active, f"{layer}down")
    return writer.normalised(output, f"{layer}output_norm", skipped=hidden)


class _Writer:
    """Collects nodes and weights; every method returns the name of its result."""

    def __init__(
        self,
        shape: EncoderShape,
        arrays: Mapping[str, FloatArray],
        products: Mapping[str, Quantised],
    ) -> None:
        self._shape, self._arrays, self._products = shape, arrays, products
        self.nodes: list[Any] = []  # protobuf messages have no types
        self.initializers: list[Any] = []

    def node(self, kind: str, inputs: list[str], *, output: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def attention(self, sides: list[str]) -> str:
        """Let each token hear the others; `sides` are query, key and value."""
        return self.node(
            "MultiHeadAttention",
            [*sides, "", "mask"],
            domain=_MICROSOFT,
            num_heads=self._shape.heads,
        )

    def product(self, left: str, name: str) -> str:
        """Multiply in 8 bits, and add the bias."""
        right = self._products[name]
        inputs, outputs = right.values.shape
        blocks = inputs // BLOCK
        unsigned = (right.values.astype(np.int16) + _ZERO).astype(np.uint8)
        packed = self._keep(f"{name}.weight", unsigned.T.reshape(outputs, blocks, BLOCK))
        scales = self._keep(f"{name}.scales", right.scales)
        bias = self._keep(f"{name}.bias", self._arrays[f"{name}.bias"])
        return self.node(
            "MatMulNBits",
            [left, packed, scales, "", "", bias],
            domain=_MICROSOFT,
            K=inputs,
            N=outputs,
            bits=_BITS,
            block_size=BLOCK,
            accuracy_level=_EIGHT_BIT_PRODUCTS,
        )

    def normalised(self, value: str, name: str, *, skipped: str = "") -> str:
        parts = [f"{name}.weight", f"{name}.bias"]
        scale, bias = (self._keep(part, self._arrays[part]) for part in parts)
        epsilon = self._shape.epsilon
        if not skipped:
            inputs = [value, scale, bias]
            return self.node("LayerNormalization", inputs, epsilon=epsilon, axis=-1)
        inputs = [value, skipped, scale, bias]
        return self.node("SkipLayerNormalization", inputs, domain=_MICROSOFT, epsilon=epsilon)

    def _keep(self, name: str, array: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name
