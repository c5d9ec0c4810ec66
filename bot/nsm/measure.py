"""What a model is worth and what it costs: before and after it was made smaller."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.errors import ModelError
from bot.ngc.tasks import folder
from bot.ngc.tasks.report import headline
from bot.ngc.tasks.sample import Sample
from bot.nsm.probe import as_line

MOST_TIMED: Final = 300
"""Texts whose times are taken; more say no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The figures of one model; times are of one thread."""

    name: str
    score: float
    """The task's main measure on the test texts, in [0, 1]."""
    model_mb: float
    resident_mb: float
    """Of a process that serves the model alone; 0 where the system does not tell."""
    start_s: float
    """From the first byte read to the first answer."""
    p50_ms: float
    p99_ms: float


def measure(name: str, place: Path, samples: Sequence[Sample]) -> Measured:
    """Return the figures of the model in the folder `place`, measured on labelled `samples`.

    Raises:
        ModelError: the model cannot be loaded.
    """
    trained = folder.load(place)
    timed = "\n".join(as_line(sample) for sample in samples[:MOST_TIMED])
    done = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-m", "bot.nsm.probe", str(place)],
        input=timed,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ModelError(f"{place} cannot be measured: {done.stderr.strip().splitlines()[-1]}")
    return Measured(
        name=name,
        score=headline(trained.task, samples, trained.predict(samples)),
        model_mb=folder.size_bytes(place) / 1e6,
        **json.loads(done.stdout),
    )
