"""Latency and throughput of REST turns, and the server's memory; prints JSON.

python tests/bench/turns.py
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.conftest import copy_shipped_bot, running

SENTENCES = ("hello", "How long does delivery take?", "你好", "怎么退货？", "can i pay by card")
SINGLE_TURNS, CLIENTS, TURNS_PER_CLIENT = 200, 16, 25


async def ask(client: httpx.AsyncClient, sender: str, number: int) -> float:
    """Return how many milliseconds one turn took."""
    body = {"sender": sender, "message": SENTENCES[number % len(SENTENCES)]}
    started = time.perf_counter()
    answer = await client.post("/webhooks/rest/webhook", json=body)
    assert answer.status_code == 200
    return (time.perf_counter() - started) * 1000


async def measure(url: str) -> dict[str, float]:
    """Return medians and rates against the server at `url`."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        for number in range(20):
            await ask(client, "warm", number)
        parse_ms = []
        for number in range(SINGLE_TURNS):
            started = time.perf_counter()
            await client.post("/model/parse", json={"text": f"{SENTENCES[number % 5]} {number}"})
            parse_ms.append((time.perf_counter() - started) * 1000)
        single = [
            await ask(client, f"s{number // 10}-{uuid.uuid4().hex}", number)
            for number in range(SINGLE_TURNS)
        ]

        async def customer() -> None:
            sender = uuid.uuid4().hex
            for number in range(TURNS_PER_CLIENT):
                await ask(client, sender, number)

        started = time.perf_counter()
        await asyncio.gather(*(customer() for _ in range(CLIENTS)))
        rate = CLIENTS * TURNS_PER_CLIENT / (time.perf_counter() - started)
    return {
        "parse_p50_ms": round(statistics.median(parse_ms), 2),
        "turn_p50_ms": round(statistics.median(single), 2),
        "turn_p95_ms": round(statistics.quantiles(single, n=20)[-1], 2),
        "turns_per_s_16_clients": round(rate, 1),
    }


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return round(int(found[1]) / 1024, 1)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = copy_shipped_bot(Path(name) / "bot")
        with running(folder) as server:
            result = asyncio.run(measure(server.url))
            assert server.process is not None
            result["server_rss_mb"] = memory_mb(server.process.pid)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
