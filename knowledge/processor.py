"""Which 8-bit products this processor computes rightly."""

from __future__ import annotations

from typing import Final

import numpy as np

from knowledge.onnx_writer import OnnxWriter, tensor

SIGNED: Final = "signed.onnx"
UNSIGNED: Final = "unsigned.onnx"
PROBE: Final = "probe.onnx"
_LARGEST_SIGNED: Final = 127
_LARGEST_UNSIGNED: Final = 255
_BYTES: Final = 64


def probe() -> bytes:
    """Return a graph that multiplies the largest unsigned by the largest signed bytes."""
    writer = OnnxWriter()
    right = writer.keep("right", np.full((_BYTES, 16), _LARGEST_SIGNED, np.int8))
    writer.node("MatMulInteger", ["left", right], output="product")
    left, product = tensor("left", "UINT8", [1, _BYTES]), tensor("product", "INT32", [1, 16])
    return writer.serialised("probe", [left], [product])


def fitting_graph(probe: bytes) -> str:
    """Return which of the graphs `SIGNED` and `UNSIGNED` this processor computes rightly and fast.

    Processors of x86 without VNNI add two products of unsigned and signed bytes in 16 bits, which
    overflow.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(probe, providers=["CPUExecutionProvider"])
    left = np.full((1, _BYTES), _LARGEST_UNSIGNED, np.uint8)
    (product,) = session.run(None, {"left": left})
    exact = _BYTES * _LARGEST_UNSIGNED * _LARGEST_SIGNED
    return SIGNED if (np.asarray(product) == exact).all() else UNSIGNED
