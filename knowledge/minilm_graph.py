"""Rewrites the published MiniLM file so that its 8-bit weights are also computed with in 8 bits.

The published graph turns its weights into float32 when it is loaded: 190 MB of memory, and matrix
products that use none of the processor's 8-bit instructions. Here the same numbers become a graph
of `encoder_graph`, and the word table stays in a file of which only the needed rows are read. The
vectors agree to a cosine of 0.999. Needs the package `onnx`; what it writes does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from knowledge.encoder_graph import BLOCK, Quantised, encoder_graph
from knowledge.pretrained import PRODUCTS, EncoderShape

SHAPE: Final = EncoderShape(layers=6, heads=12, hidden=384, feed_forward=1536, epsilon=1e-12)
_PREFIX: Final = "inner."
_BIASES: Final = {
    "query": "attention.self.query.bias",
    "key": "attention.self.key.bias",
    "value": "attention.self.value.bias",
    "output": "attention.output.dense.bias",
    "up": "intermediate.dense.bias",
    "down": "output.dense.bias",
}
_NORMS: Final = {
    "attention_norm": "attention.output.LayerNorm",
    "output_norm": "output.LayerNorm",
}

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
    return encoder_graph(SHAPE, _named(arrays), _products(arrays)), _tables(arrays)


def _tables(arrays: Arrays) -> dict[str, NDArray[Any]]:
    name = f"{_PREFIX}embeddings."
    positions = arrays[f"{name}position_embeddings.weight_q"].astype(np.float32)
    positions *= arrays[f"{name}position_embeddings.weight_scale"]
    return {
        "words": arrays[f"{name}word_embeddings.weight_q"],
        "word_scales": arrays[f"{name}word_embeddings.weight_scale"],
        "positions": positions + arrays[f"{name}token_type_embeddings.weight"][0],
    }


def _named(arrays: Arrays) -> dict[str, NDArray[Any]]:
    """Return the biases and the layer normalisations under our names."""
    first = f"{_PREFIX}embeddings.LayerNorm"
    named = {f"norm.{part}": arrays[f"{first}.{part}"] for part in ("weight", "bias")}
    for layer in range(SHAPE.layers):
        prefix = f"{_PREFIX}encoder.layer.{layer}."
        for ours, theirs in _BIASES.items():
            named[f"{layer}.{ours}.bias"] = arrays[prefix + theirs]
        for ours, theirs in _NORMS.items():
            for part in ("weight", "bias"):
                named[f"{layer}.{ours}.{part}"] = arrays[f"{prefix}{theirs}.{part}"]
    return named


def _products(arrays: Arrays) -> dict[str, Quantised]:
    # The file names its weights by number; their order is that of the layers.
    published = [name.removesuffix("_q") for name in arrays if name.startswith("val_")]
    published = [name for name in published if f"{name}_scale" in arrays]
    ours = [f"{layer}.{part}" for layer in range(SHAPE.layers) for part in PRODUCTS]
    found = {}
    for name, theirs in zip(ours, published, strict=False):
        values = arrays[f"{theirs}_q"]
        inputs, outputs = values.shape
        scales = arrays[f"{theirs}_scale"].reshape(outputs, 1)
        found[name] = Quantised(values, np.repeat(scales, inputs // BLOCK, axis=1))
    return found
