"""Seconds from `frontdesk run` to the first answer, untrained and trained; prints JSON.

python tests/bench/start.py
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.conftest import Server, copy_shipped_bot, free_port

RUNS = 3


def first_answer_s(folder: Path) -> float:
    """Return how long a new server takes until it has answered a message."""
    server = Server(folder, free_port(), ["-m", "bot", "run"])
    started = time.perf_counter()
    try:
        server.start()
        body = {"sender": f"bench-{time.time()}", "message": "How long does delivery take?"}
        answer = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=60)
        assert answer.status_code == 200
        assert answer.json()
        return time.perf_counter() - started
    finally:
        server.stop()


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = copy_shipped_bot(Path(name) / "bot")
        untrained = first_answer_s(folder)
        trained = [first_answer_s(folder) for _ in range(RUNS)]
    shown = {
        "untrained_to_first_answer_s": round(untrained, 2),
        "trained_to_first_answer_s": [round(item, 2) for item in trained],
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
