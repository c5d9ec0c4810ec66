"""Cost of understanding texts that were never seen before, and of the process; prints JSON.

python tests/bench/parsing.py PROJECT...

One caller, then 16 callers in threads as in the engine, in a process that only reads; then the
memory of a real server on the same project, before and after `TURNS` turns.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.turns import memory_mb
from tests.conftest import running

CALLERS, TEXTS, TURNS = 16, 800, 600
WORDS = [
    "where",
    "is",
    "my",
    "order",
    "please",
    "can",
    "you",
    "help",
    "me",
    "with",
    "the",
    "return",
    "of",
    "a",
    "lamp",
    "i",
    "bought",
    "yesterday",
    "for",
    "money",
    "and",
    "cards",
    "could",
    "we",
    "book",
    "dinner",
    "table",
    "tonight",
    "near",
    "station",
    "thanks",
    "hello",
    "what",
    "how",
    "much",
]
_PARSE = "import sys; from tests.bench.parsing import parse; parse(sys.argv[1])"


def texts(seed: int) -> list[str]:
    """Return texts of 3 to 12 words that do not repeat."""
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=chance.randint(3, 12))) for _ in range(TEXTS)]


def parse(package: str) -> None:
    """Measure in this process and print."""
    from bot.ngc.pipeline import Pipeline

    began = time.process_time()
    pipeline = Pipeline.load(Path(package))
    pipeline.warm_up()
    load_cpu_s = time.process_time() - began
    took_ms, cpu = [], time.process_time()
    for text in texts(1):
        started = time.perf_counter()
        pipeline.understand(text)
        took_ms.append((time.perf_counter() - started) * 1000)
    single_cpu_ms = (time.process_time() - cpu) * 1000 / TEXTS

    async def together() -> None:
        waiting = iter(texts(2))

        async def caller() -> None:
            for text in waiting:
                await asyncio.to_thread(pipeline.understand, text)

        await asyncio.gather(*(caller() for _ in range(CALLERS)))

    cpu, started = time.process_time(), time.perf_counter()
    asyncio.run(together())
    wall_s = time.perf_counter() - started
    shown = {
        "load_cpu_s": round(load_cpu_s, 2),
        "parse_p50_ms": round(statistics.median(took_ms), 2),
        "parse_cpu_ms": round(single_cpu_ms, 2),
        "parses_per_s_16_callers": round(TEXTS / wall_s, 1),
        "parses_per_cpu_s_16_callers": round(TEXTS / (time.process_time() - cpu), 1),
        "reader_rss_mb": memory_mb(os.getpid()),
    }
    print(json.dumps(shown))


def serve(folder: Path) -> dict[str, Any]:
    """Return the memory of a server before and after many turns."""
    with running(folder) as server:
        assert server.process is not None
        pid = server.process.pid
        with httpx.Client(base_url=server.url, timeout=60) as client:
            client.post("/webhooks/rest/webhook", json={"sender": "first", "message": "hello"})
            time.sleep(5)  # the warm-up in the background has no end that a client can see
            before = memory_mb(pid)
            for number, text in enumerate(texts(3)[:TURNS]):
                body = {"sender": f"s{number // 10}", "message": text}
                assert client.post("/webhooks/rest/webhook", json=body).status_code == 200
        return {"server_rss_mb": before, f"server_rss_mb_after_{TURNS}_turns": memory_mb(pid)}


def main() -> None:
    """Measure every project named on the command line."""
    from bot.cli.train import ensure_trained

    for name in sys.argv[1:]:
        source = Path(name).resolve()
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "bot"
            ignored = shutil.ignore_patterns(".git", "tests", "bot", "connectors", "knowledge")
            shutil.copytree(source, folder, ignore=ignored)
            package = ensure_trained(folder) / "understanding"
            printed = subprocess.run(
                [sys.executable, "-c", _PARSE, str(package)], check=True, stdout=subprocess.PIPE
            ).stdout
            result = {"project": source.name, **json.loads(printed), **serve(folder)}
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
