"""A million vectors in the index that large bases use: prints JSON.

`python tests/bench/vectors.py --vectors 1000000` takes about four minutes. The vectors are those of
the shipped FAQ's texts, mixed with each other and shaken: no two are alike.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from knowledge.embedder import FloatArray, normalise
from knowledge.index import Selection
from knowledge.index_faiss import FaissIndex
from knowledge.languages import BilingualEmbedder
from knowledge.sources.faq_yaml import parse_faq
from knowledge.types import Facts, Filters

ROOT = Path(__file__).parents[2]
FAQ = ROOT / "training_data/faq.yml"
DIM = 512
HITS = 10
BATCH = 50_000
MIXED = 0.5
"""The largest share of another text in a vector."""
NOISE = 0.25
"""The length of what shakes a vector."""
EVERYTHING = Selection(Filters(), lambda _segment: None)


def real() -> FloatArray:
    passages = parse_faq(FAQ.read_text("utf-8"), FAQ.name)
    texts = [text for one in passages for text in (one.title, *one.questions, one.text)]
    return BilingualEmbedder().embed(texts, "zh")


def perturbed(seeds: FloatArray, start: int, stop: int) -> FloatArray:
    chance = np.random.default_rng(start)
    other = seeds[chance.integers(0, len(seeds), stop - start)]
    share = chance.uniform(0, MIXED, (stop - start, 1)).astype(np.float32)
    noise = chance.standard_normal((stop - start, DIM)).astype(np.float32) * (NOISE / DIM**0.5)
    own = seeds[np.arange(start, stop) % len(seeds)]
    return normalise(own * (1 - share) + other * share + noise)


def questions() -> FloatArray:
    texts = [
        line.split("\t")[1]
        for name in ("answerable", "unanswerable")
        for language in ("en", "zh")
        for line in (ROOT / f"tests/knowledge/questions/{name}.{language}.tsv")
        .read_text("utf-8")
        .splitlines()
    ]
    return BilingualEmbedder().embed(texts, "zh")


def nearest(vectors: FloatArray, asked: FloatArray) -> list[set[int]]:
    """Return the nearest rows of each question, all compared."""
    scores = np.full((len(asked), HITS), -np.inf, np.float32)
    rows = np.zeros((len(asked), HITS), np.int64)
    for start in range(0, len(vectors), BATCH):
        part = asked @ vectors[start : start + BATCH].T
        top = np.argpartition(-part, HITS, axis=1)[:, :HITS]
        both = np.hstack([scores, np.take_along_axis(part, top, axis=1)])
        numbers = np.hstack([rows, top + start])
        order = np.argsort(-both, axis=1)[:, :HITS]
        scores = np.take_along_axis(both, order, axis=1)
        rows = np.take_along_axis(numbers, order, axis=1)
    return [set(found.tolist()) for found in rows]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--vectors", type=int, default=100_000)
    count = parser.parse_args().vectors
    seeds, asked = real(), questions()
    vectors = np.empty((count, DIM), np.float32)
    for start in range(0, count, BATCH):
        vectors[start : start + BATCH] = perturbed(seeds, start, min(count, start + BATCH))
    exact = nearest(vectors, asked)
    with tempfile.TemporaryDirectory() as scratch:
        index = FaissIndex(Path(scratch), DIM)
        began = time.perf_counter()
        facts = [Facts("zh", (), (), None, None)] * count
        index.add(0, np.arange(count), vectors, facts)
        build_s = time.perf_counter() - began
        size_mb = sum(path.stat().st_size for path in Path(scratch).iterdir()) / 1e6
        del vectors
        opened = index.of([0])
        times, shares = [], []
        for query, right in zip(asked, exact, strict=True):
            began = time.perf_counter()
            rows = opened.search(query, HITS, EVERYTHING)[1]
            times.append((time.perf_counter() - began) * 1_000)
            shares.append(len(right & set(rows.tolist())) / HITS)
    low, high = np.percentile(times, [50, 99])
    figures = {
        "vectors": count,
        "queries": len(asked),
        "recall@10": round(float(np.mean(shares)), 4),
        "p50_ms": round(float(low), 2),
        "p99_ms": round(float(high), 2),
        "build_s": round(build_s, 1),
        "index_mb": round(size_mb, 1),
        "peak_mb_with_the_vectors": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
