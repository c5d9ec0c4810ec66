"""Opens a graph with onnxruntime: on one thread, as it is, and giving memory back."""

from __future__ import annotations

from typing import Any

from knowledge.errors import WeightsError
from knowledge.threads import THREADS


def open_session(graph: bytes) -> Any:
    """Return a session that computes `graph`; it keeps a copy of the weights. Takes about 0.1 s.

    Sessions are safe to use from several threads.

    Raises:
        WeightsError: onnxruntime cannot read the graph.
    """
    import onnxruntime
    from onnxruntime.capi import (
        onnxruntime_pybind11_state as problems,  # pyright: ignore[reportAttributeAccessIssue] - compiled, without stubs
    )

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = THREADS
    # Our graphs are as they should be: merging their operations would make them slower.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3  # errors only: warnings about the machine help nobody here
    # An arena keeps the memory of the longest batch ever seen.
    options.enable_cpu_mem_arena = False
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except (problems.InvalidProtobuf, problems.InvalidGraph, problems.Fail) as error:
        raise WeightsError(f"the graph of an encoder is damaged ({error})") from error
