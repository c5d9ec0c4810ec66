"""The same weights in another precision: float32, or 8 bits in one of three ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal, get_args

from bot.errors import TrainingError
from bot.ngc.tasks.sample import Sample
from bot.ngc.transformer.model import TransformerModel
from bot.nsm.calibrate import largest_by_product, largest_values, parts_of
from bot.nsm.dissect import dissect
from knowledge.encoder_graph import encoder_graph
from knowledge.encoder_products import (
    BlockProducts,
    FixedProducts,
    FloatProducts,
    Quantised,
    TensorProducts,
    quantise,
)
from knowledge.encoder_session import EncoderSession
from knowledge.pretrained import PRODUCTS, PretrainedEncoder

Precision = Literal["float32", "block8", "dynamic8", "static8"]
"""`block8`: weights and texts with a scale per 64 values. `dynamic8`: a scale per matrix and per
text, found while it is read. `static8`: scales of texts fixed beforehand by examples."""
EIGHT_BITS: Final[tuple[Precision, ...]] = get_args(Precision)[1:]
MAX_CALIBRATION_TEXTS: Final = 200
SAFE_LARGEST: Final = 63
"""Of signed weights, so that a model can be carried to any processor."""


def with_precision(
    model: TransformerModel, precision: Precision, samples: Sequence[Sample]
) -> TransformerModel:
    """Return `model` with the products of its encoder in `precision`.

    Args:
        model: Any precision.
        precision: The new one; what `model` has rounded already stays rounded.
        samples: Texts as they will come, for `dynamic8` and `static8`.

    Raises:
        TrainingError: these two without a text.
    """
    inputs = [model.encoder_inputs(sample) for sample in samples[:MAX_CALIBRATION_TEXTS]]
    graph = _graph(dissect(model), precision, inputs)
    weights = replace(model.weights, graph=graph)
    return replace(model, weights=weights, session=EncoderSession.of(weights))


def _graph(
    encoder: PretrainedEncoder, precision: Precision, inputs: Sequence[Mapping[str, Any]]
) -> bytes:
    shape, arrays = encoder.shape, encoder.arrays
    if precision == "block8":
        return encoder_graph(shape, arrays, BlockProducts(_products(encoder)))
    exact = encoder_graph(shape, arrays, FloatProducts(arrays))
    if precision == "float32":
        return exact
    if not inputs:
        raise TrainingError(f"{precision} needs examples of texts; give some with --texts")
    largest = largest_values(exact, inputs)
    parts = parts_of(largest, shape.layers)
    weights = _products(encoder, has_one_scale=True)
    if precision == "dynamic8":
        return encoder_graph(shape, arrays, TensorProducts(weights, is_signed=True), parts)
    fixed = FixedProducts(weights, largest_by_product(largest, parts))
    return encoder_graph(shape, arrays, fixed, parts)


def _products(encoder: PretrainedEncoder, *, has_one_scale: bool = False) -> dict[str, Quantised]:
    found = {}
    for layer in range(encoder.shape.layers):
        for part in PRODUCTS:
            matrix = encoder.arrays[f"{layer}.{part}.weight"]
            found[f"{layer}.{part}"] = (
                quantise(matrix, block=len(matrix), largest=SAFE_LARGEST)
                if has_one_scale
                else quantise(matrix)
            )
    return found
