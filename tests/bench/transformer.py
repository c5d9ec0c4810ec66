"""Latency of a trained transformer beside what its matrix products cost at least; prints JSON.

python tests/bench/transformer.py MODEL_FOLDER TEXTS_FILE

Each line of TEXTS_FILE is a text. The limit is the time that 8-bit products of the same number of
operations take in onnxruntime, where one product of a size that suits the processor is repeated.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from knowledge.onnx_session import open_session  # before numpy, whose threads it limits

import numpy as np  # isort: skip

from bot.ngc.tasks.sample import Sample
from bot.ngc.transformer.model import TransformerModel, load_transformer
from knowledge.encoder_products import TensorProducts, quantise
from knowledge.onnx_writer import OnnxWriter, tensor
from knowledge.pretrained import EncoderShape

ROWS, SIDE, REPEATS = 64, 1536, 40
TEXTS = 400


def product_rate() -> float:
    """Return the operations per second of 8-bit products with `ROWS` rows on the left."""
    weight = np.random.default_rng(0).normal(size=(SIDE, SIDE)).astype(np.float32)
    writer = OnnxWriter()
    bias = writer.keep("bias", np.zeros(SIDE, np.float32))
    products = TensorProducts({"p": quantise(weight, block=SIDE)}, is_signed=True)
    product = products.multiply(writer, "left", "p", bias, ..., ...)
    writer.node("Identity", [product], output="result")
    sizes = [ROWS, SIDE]
    left_side, right_side = tensor("left", "FLOAT", sizes), tensor("result", "FLOAT", sizes)
    session = open_session(writer.serialised("product", [left_side], [right_side]))
    left = {"left": np.ones(sizes, np.float32)}
    times = [timed(lambda: session.run(None, left)) for _ in range(REPEATS)]
    return 2 * ROWS * SIDE * SIDE / min(times)


def operations(model: TransformerModel, text: str, shape: EncoderShape) -> float:
    """Return the multiplications and additions of the encoder's products for `text`."""
    tokens = len(model.pieces.encode(Sample(text=text)).ids)
    per_layer = 4 * shape.hidden**2 + 2 * shape.hidden * shape.feed_forward
    attention = 2 * tokens * shape.hidden
    return 2.0 * tokens * shape.layers * (per_layer + attention)


def timed(action: Any) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def shape_of(graph: bytes) -> EncoderShape:
    """Return the sizes of an encoder by the weights in its graph."""
    import onnx

    names = {one.name: one.dims for one in onnx.load_from_string(graph).graph.initializer}
    layers = sum(name.endswith(".query.weight") for name in names)
    wide, blocks, block = names["0.up.weight"]
    return EncoderShape(
        layers=layers, heads=12, hidden=blocks * block, feed_forward=wide, epsilon=1e-12
    )


def main(folder: Path, file: Path) -> None:
    began = time.perf_counter()
    model = load_transformer(folder)
    loaded_s = time.perf_counter() - began
    shape = shape_of((folder / "encoder.onnx").read_bytes())
    texts = file.read_text(encoding="utf-8").splitlines()[:TEXTS]
    for text in texts[:20]:
        model.predict([Sample(text=text)])
    times = [timed(lambda one=text: model.predict([Sample(text=one)])) for text in texts]
    limit_s = np.median([operations(model, text, shape) for text in texts]) / product_rate()
    p50, p99 = (float(np.quantile(times, q)) * 1000 for q in (0.5, 0.99))
    result = {
        "texts": len(texts),
        "load_s": round(loaded_s, 3),
        "p50_ms": round(p50, 2),
        "p99_ms": round(p99, 2),
        "limit_ms": round(float(limit_s) * 1000, 2),
        "times_the_limit": round(p50 / float(limit_s) / 1000, 2),
        "model_bytes": sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
