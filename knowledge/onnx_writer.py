"""Writes graphs for onnxruntime. Needs the package `onnx`; what it writes does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MICROSOFT: Final = "com.microsoft"
"""The domain of onnxruntime's own operations."""
_OPSET: Final = 17
_IR_VERSION: Final = 8


class OnnxWriter:
    """Collects nodes and weights; `node` and `keep` return the name of their result."""

    def __init__(self) -> None:
        """Begin an empty graph."""
        self._nodes: list[Any] = []  # protobuf messages have no types
        self._initializers: list[Any] = []

    def node(self, kind: str, inputs: list[str], *, output: str = "", **attributes: Any) -> str:
        """Append an operation with one result."""
        from onnx import helper

        name = output or f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def keep(self, name: str, array: NDArray[Any]) -> str:
        """Add weights; each name once."""
        from onnx import numpy_helper

        kept = np.ascontiguousarray(array)
        self._initializers.append(numpy_helper.from_array(kept, name))
        return name

    def serialised(self, name: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> bytes:
        """Return the file; inputs and outputs are made by `tensor`."""
        from onnx import helper

        graph = helper.make_graph(self._nodes, name, inputs, outputs, self._initializers)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        return model.SerializeToString(deterministic=True)


def tensor(name: str, kind: str, shape: Sequence[str | int]) -> Any:
    """Return the description of an input or output; `kind` is a name such as `FLOAT`."""
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.DataType.Value(kind), shape)
