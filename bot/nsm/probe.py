"""What a saved model costs, in a process that does nothing else.

`python -m bot.nsm.probe FOLDER` reads samples as JSON lines and prints one JSON object. It imports
what serving imports, so that the memory is that of a server.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.ngc.tasks import folder
from bot.ngc.tasks.latency import latency
from bot.ngc.tasks.sample import Sample, Span

_MB = 1e6


def main() -> None:
    """Load the model that the command line names, and print what that and predictions take."""
    samples = [_sample(json.loads(line)) for line in sys.stdin]
    began = time.perf_counter()
    model = folder.load(Path(sys.argv[1]))
    model.predict(samples[:1])
    start_s = time.perf_counter() - began
    times = latency(model.model, samples)
    told = {"start_s": start_s, "p50_ms": times.p50_ms, "p99_ms": times.p99_ms}
    print(json.dumps({**told, "resident_mb": resident_bytes() / _MB}))  # noqa: T201 - its result


def resident_bytes() -> int:
    """Return what this process holds in memory; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    except OSError:
        return 0
    import os

    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def as_line(sample: Sample) -> str:
    """Return a sample as this program reads it."""
    return json.dumps({"text": sample.text, "spans": [asdict(span) for span in sample.spans]})


def _sample(row: dict[str, Any]) -> Sample:
    return Sample(text=row["text"], spans=tuple(Span(**span) for span in row["spans"]))


if __name__ == "__main__":
    main()
