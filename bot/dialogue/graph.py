"""A trained network as an ONNX graph, written operation by operation; `network.py` is the model."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bot.dialogue.options import NetworkOptions

OPSET: Final = 17
IR_VERSION: Final = 9
_FAR: Final = -1e9


def onnx_of(weights: dict[str, Any], options: NetworkOptions) -> bytes:
    """Return the graph of `weights`, serialised.

    Inputs:
        states: float32 [steps, columns].
        distances: int64 [steps, steps], as in training.

    Outputs:
        actions, intents: float32 [number]; similarities at the last step.
    """
    return _Writer(weights, options).write()


class _Writer:
    """Collects nodes; every method returns the name of what it computes."""

    def __init__(self, weights: dict[str, Any], options: NetworkOptions) -> None:
        self._weights = weights
        self._options = options
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def write(self) -> bytes:
        hidden = self._linear("states", "enter")
        for index in range(self._options.layers):
            hidden = self._layer(hidden, f"layers.{index}")
        last = self._node("Gather", self._norm(hidden, "norm"), self._constant(np.int64(-1)))
        for name in ("action", "intent"):
            query = self._linear(last, f"{name}_query")
            labels = self._constant(self._weights[f"{name}s"].T)
            self._nodes.append(helper.make_node("MatMul", [query, labels], [f"{name}s"]))
        return self._model().SerializeToString()

    def _model(self) -> Any:
        floats, ints = TensorProto.FLOAT, TensorProto.INT64
        columns = self._weights["enter.weight"].shape[1]
        graph = helper.make_graph(
            self._nodes,
            "dialogue",
            [
                helper.make_tensor_value_info("states", floats, ["steps", columns]),
                helper.make_tensor_value_info("distances", ints, ["steps", "steps"]),
            ],
            [
                helper.make_tensor_value_info(name, floats, [None])
                for name in ("actions", "intents")
            ],
            [numpy_helper.from_array(value, name) for name, value in self._constants.items()],
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return model

    def _layer(self, hidden: str, name: str) -> str:
        options = self._options
        size = options.width // options.heads
        parts = self._linear(self._norm(hidden, f"{name}.norm_attention"), f"{name}.qkv")
        shape = self._constant(np.array([-1, 3, options.heads, size], np.int64))
        parts = self._node("Transpose", self._node("Reshape", parts, shape), perm=[1, 2, 0, 3])
        query, key, value = (
            self._node("Gather", parts, self._constant(np.int64(i)), axis=0) for i in range(3)
        )
        turned = self._node("Transpose", key, perm=[0, 2, 1])
        scale = self._constant(np.float32(1 / math.sqrt(size)))
        scores = self._node("Mul", self._node("MatMul", query, turned), scale)
        far = np.full((options.heads, 1), _FAR, np.float32)
        table = self._constant(np.concatenate([self._weights[f"{name}.distance"], far], axis=1))
        bias = self._node("Gather", table, "distances", axis=1)
        shares = self._node("Softmax", self._node("Add", scores, bias), axis=-1)
        mixed = self._node("Transpose", self._node("MatMul", shares, value), perm=[1, 0, 2])
        flat = self._constant(np.array([-1, options.width], np.int64))
        mixed = self._node("Reshape", mixed, flat)
        hidden = self._node("Add", hidden, self._linear(mixed, f"{name}.out"))
        wide = self._linear(self._norm(hidden, f"{name}.norm_forward"), f"{name}.widen")
        narrow = self._linear(self._node("Relu", wide), f"{name}.narrow")
        return self._node("Add", hidden, narrow)

    def _linear(self, source: str, name: str) -> str:
        weight = self._constant(self._weights[f"{name}.weight"].T)
        bias = self._constant(self._weights[f"{name}.bias"])
        return self._node("Add", self._node("MatMul", source, weight), bias)

    def _norm(self, source: str, name: str) -> str:
        weight = self._constant(self._weights[f"{name}.weight"])
        bias = self._constant(self._weights[f"{name}.bias"])
        return self._node("LayerNormalization", source, weight, bias, axis=-1, epsilon=1e-5)

    def _node(self, kind: str, *sources: str, **settings: Any) -> str:
        name = f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(sources), [name], **settings))
        return name

    def _constant(self, value: Any) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants[name] = np.ascontiguousarray(value).reshape(np.shape(value))
        return name
