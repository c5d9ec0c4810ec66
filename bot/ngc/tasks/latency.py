"""How long one text takes, and how much memory a process needed."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.ngc.tasks.model import TaskModel
from bot.ngc.tasks.sample import Sample

MOST_TEXTS = 300


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of wall time per text, one text at a time."""

    p50_ms: float
    p99_ms: float


def latency(model: TaskModel, samples: Sequence[Sample]) -> Latency:
    """Return the times of up to 300 texts, after a few that warm the model up.

    The texts get a full stop that they did not have: encoders keep the vectors of texts they
    have seen.
    """
    chosen = [_unseen(sample) for sample in samples[:: max(1, len(samples) // MOST_TEXTS)]]
    chosen = chosen[:MOST_TEXTS]
    model.predict(list(samples[:3]))
    times: list[float] = []
    for sample in chosen:
        began = time.perf_counter()
        model.predict([sample])
        times.append((time.perf_counter() - began) * 1_000)
    low, high = np.percentile(times, [50, 99])
    return Latency(float(low), float(high))


def peak_memory_bytes() -> int:
    """Return the most memory that this process held at any time; 0 where nobody tells."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1_024


def _unseen(sample: Sample) -> Sample:
    """Return the sample with a longer text; spans stay where they are."""
    return Sample(text=f"{sample.text} .", label=sample.label, spans=sample.spans)
