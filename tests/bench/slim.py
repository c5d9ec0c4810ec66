"""Start, memory and times of the slim server with one model; prints JSON.

python tests/bench/slim.py FOLDER [PYTHON]

FOLDER is a model of `frontdesk ngc train`, PYTHON the interpreter that serves: one whose
environment has numpy, onnxruntime and tokenizers alone shows that nothing else is needed.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
REQUESTS = 300
PAIR = {"head": {"start": 0, "end": 5}, "tail": {"start": 6, "end": 10}}


def main() -> None:
    """Serve, ask, and print the figures."""
    folder, python = Path(sys.argv[1]), (sys.argv[2:] or [sys.executable])[0]
    task = json.loads((folder / "model.json").read_text("utf-8"))["task"]
    route = {"slots": "entities", "ner": "entities"}.get(task, task)
    began = time.perf_counter()
    server = subprocess.Popen(
        [python, "-m", "bot.ngc.slim", "--port", "0", str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline().rpartition(":")[2])
        client = http.client.HTTPConnection("127.0.0.1", port)
        ask(client, route, "where is my order")
        start_s = time.perf_counter() - began
        times = [ask(client, route, f"where is my order number {row}") for row in range(REQUESTS)]
        status = Path(f"/proc/{server.pid}/status").read_text("ascii")
    finally:
        server.terminate()
        server.wait()
    memory = {line.split()[0]: int(line.split()[1]) for line in status.splitlines() if "kB" in line}
    told = {
        "start_to_first_answer_s": start_s,
        "resident_mb": memory["VmRSS:"] / 1_000,
        "peak_mb": memory["VmHWM:"] / 1_000,
        "p50_ms": statistics.median(times),
        "p99_ms": statistics.quantiles(times, n=100)[98],
        "model_mb": sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6,
    }
    print(json.dumps(told, indent=1))


def ask(client: http.client.HTTPConnection, route: str, text: str) -> float:
    """Return the milliseconds that one answer takes."""
    body = {"text": text, **(PAIR if route == "relations" else {})}
    began = time.perf_counter()
    client.request("POST", f"/v1/ngc/{route}", json.dumps(body))
    answer = client.getresponse()
    assert answer.status == 200, answer.read()
    answer.read()
    return (time.perf_counter() - began) * 1_000


if __name__ == "__main__":
    main()
