"""How large the values are that an encoder multiplies, found by examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from knowledge.embedder import FloatArray
from knowledge.encoder_graph import Parts

MOST_PARTS: Final = 8
SPLIT_ABOVE: Final = 1.5
"""A dimension is split where it is so much larger than the `_USUAL` largest one."""
_USUAL: Final = 0.985


def largest_values(exact: bytes, inputs: Sequence[Mapping[str, Any]]) -> dict[str, FloatArray]:
    """Return by product the largest absolute value of each dimension on its left side.

    Args:
        exact: A graph with `FloatProducts`.
        inputs: What the graph is given for some texts.

    Shapes:
        values: float32 [inputs of the product].
    """
    import onnx
    import onnxruntime

    model = onnx.load_from_string(exact)
    lefts = {
        node.input[1].removesuffix(".weight"): node.input[0]
        for node in model.graph.node
        if node.op_type == "MatMul"
    }
    names = list(dict.fromkeys(lefts.values()))
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found: dict[str, FloatArray] = {}
    for given in inputs:
        for name, values in zip(names, session.run(names, dict(given)), strict=True):
            array = np.abs(np.asarray(values, dtype=np.float32))
            largest: FloatArray = array.reshape(-1, array.shape[-1]).max(axis=0)
            found[name] = np.maximum(found[name], largest) if name in found else largest
    return {product: found[left] for product, left in lefts.items()}


def parts_of(largest: Mapping[str, FloatArray], layers: int) -> Parts:
    """Return which dimensions to split, by what `largest_values` found."""
    ends = [f"{layer}.{part}" for layer in range(layers) for part in ("query", "up")]
    return Parts(
        hidden=_split(np.max([largest[name] for name in ends], axis=0)),
        wide=[_split(largest[f"{layer}.down"]) for layer in range(layers)],
    )


def _split(values: FloatArray) -> dict[int, int]:
    usual = float(np.quantile(values, _USUAL)) * SPLIT_ABOVE
    counts = np.minimum(MOST_PARTS, np.ceil(values / max(usual, 1e-6))).astype(int)
    return {int(row): int(counts[row]) for row in np.flatnonzero(counts > 1)}


def largest_by_product(largest: Mapping[str, FloatArray], parts: Parts) -> dict[str, float]:
    """Return the largest value on each product's left side once `parts` are split."""
    found = {}
    for name, values in largest.items():
        layer, _, kind = name.partition(".")
        split = parts.wide[int(layer)] if kind == "down" else parts.hidden
        shares = np.ones(len(values), dtype=np.float32)
        if kind != "output":  # what attention heard is never split
            for dimension, count in split.items():
                shares[dimension] = 1 / count
        found[name] = float((values * shares).max())
    return found
