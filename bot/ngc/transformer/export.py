"""Turns a network into what serves: 8-bit products and tables, and heads as arrays."""

from __future__ import annotations

import numpy as np

from bot.ngc.transformer.network import Network
from knowledge.converted import ConvertedModel
from knowledge.embedder import FloatArray
from knowledge.encoder_graph import encoder_graph, quantise, quantise_rows
from knowledge.pretrained import PRODUCTS, PretrainedEncoder


def export(
    network: Network, pretrained: PretrainedEncoder
) -> tuple[ConvertedModel, dict[str, FloatArray]]:
    """Return the encoder of `network`, which began as `pretrained`, and its heads."""
    arrays = network.encoder.arrays()
    names = [f"{layer}.{part}" for layer in range(pretrained.shape.layers) for part in PRODUCTS]
    products = {name: quantise(arrays[f"{name}.weight"]) for name in names}
    words, scales = quantise_rows(pretrained.arrays["words"])
    model = ConvertedModel(
        graph=encoder_graph(pretrained.shape, arrays, products),
        words=words,
        word_scales=scales,
        positions=arrays["positions"],
    )
    heads = {name: np.ascontiguousarray(one) for name, one in network.head_arrays().items()}
    return model, {**heads, "spellings": arrays["spellings"]}
