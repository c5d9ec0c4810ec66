"""Reads the weights of a trained transformer back from the graph that it serves with."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.ngc.transformer.model import TransformerModel
from knowledge.embedder import FloatArray
from knowledge.encoder_products import ZERO
from knowledge.pretrained import PRODUCTS, EncoderShape, PretrainedEncoder

_DEFAULT_EPSILON: Final = 1e-12


def dissect(model: TransformerModel) -> PretrainedEncoder:
    """Return the encoder of `model` in float32; what was rounded to 8 bits stays rounded.

    Needs the package `onnx`.
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load_from_string(model.weights.graph).graph
    kept = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    weights = model.weights
    arrays = {name: one for name, one in kept.items() if _is_plain(name)}
    arrays |= {f"{name}.weight": _product(kept, name) for name in _products(kept)}
    arrays["words"] = weights.words.astype(np.float32) * weights.word_scales
    arrays["positions"] = weights.positions
    return PretrainedEncoder(
        name=model.facts.encoder,
        licence=model.facts.licence,
        shape=_shape(graph, arrays),
        tokenizer=model.tokenizer,
        is_cased=not model.facts.has_spellings,
        is_rounded=False,
        arrays=arrays,
    )


def _is_plain(name: str) -> bool:
    """Tell biases and normalisations from the weights and scales of products."""
    return name.endswith(".bias") or "norm." in name


def _products(kept: dict[str, NDArray[Any]]) -> list[str]:
    endings = tuple(f".{part}.weight" for part in PRODUCTS)
    return [name.removesuffix(".weight") for name in kept if name.endswith(endings)]


def _product(kept: dict[str, NDArray[Any]], name: str) -> FloatArray:
    """Return a product's weights, float32 [inputs, outputs]."""
    weight = kept[f"{name}.weight"]
    if f"{name}.scales" not in kept:
        return weight.astype(np.float32)
    # uint8 [outputs, blocks, block], as `BlockProducts` packs them.
    values = weight.astype(np.float32) - ZERO
    values *= kept[f"{name}.scales"].reshape(*values.shape[:2], 1)
    return np.ascontiguousarray(values.reshape(len(values), -1).T)


def _shape(graph: Any, arrays: dict[str, FloatArray]) -> EncoderShape:
    attributes = {
        attribute.name: attribute
        for node in graph.node
        if node.op_type in ("MultiHeadAttention", "LayerNormalization")
        for attribute in node.attribute
    }
    epsilon = attributes.get("epsilon")
    return EncoderShape(
        layers=sum(name.endswith(".query.weight") for name in arrays),
        heads=attributes["num_heads"].i,
        hidden=len(arrays["norm.weight"]),
        feed_forward=len(arrays["0.up.bias"]),
        epsilon=epsilon.f if epsilon is not None else _DEFAULT_EPSILON,
    )
