"""Frontdesk and Rasa on the same projects, side by side in one run; prints JSON and a table.

FRONTDESK_RASA=.../bin/rasa python tests/bench/beside_rasa.py PROJECT...

FRONTDESK_RASA is the `rasa` executable of a 3.6.21 installation. Both get the same files: what this
Rasa cannot run (spaCy, a Duckling server) is left out of the pipeline, and a pipeline that is then
without a tokenizer becomes Rasa's default one. A project with an `actions` package gets an action
server, which both use; it counts for neither. Blocks of requests alternate between the two, so that
both see the same machine. The clients are the fastest there are, for their time counts, too: a slow
one makes every server look alike. Quality on held-out texts is measured by `understanding.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import aiohttp
import httpx
from ruamel.yaml import YAML

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.project import Project
from bot.training.checked import checked_project
from tests.bench.folds import usable
from tests.bench.turns import memory_mb
from tests.bench.understanding import LEFT_OUT
from tests.conftest import free_port

SINGLE, BLOCK, TURNS_PER_CONVERSATION = 300, 30, 5
WARM_UP = 5
"""Requests of a block that do not count: the other server's threads spin on for a while."""
CLIENTS, TURNS_PER_CLIENT, ROUNDS = 16, 10, 3
START_TIMEOUT_S = 300
BARS = {
    "train_cpu_s": 1 / 20,
    "start_to_first_answer_s": 1 / 10,
    "memory_mb": 1 / 4,
    "parse_p50_ms": 1 / 5,
    "turn_p50_ms": 1 / 5,
    "turns_per_s_16_clients": 10,
}
"""The ratio ours / Rasa's that is aimed at: at most, for turns per second at least."""
LABELS = {
    "train_cpu_s": "training, CPU s",
    "start_to_first_answer_s": "start to first answer, s",
    "memory_mb": "memory after the run, MB",
    "parse_p50_ms": "parse p50, ms",
    "turn_p50_ms": "REST turn p50, ms",
    "turns_per_s_16_clients": "turns/s, 16 clients",
}
Figures = dict[str, float]


@dataclass(slots=True)
class Desk:
    """One of the two products, on its own copy of a project."""

    name: str
    folder: Path
    command: list[str]
    options: tuple[str, ...]
    """Further arguments of `run`."""
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str) -> float:
        """Return the CPU seconds of a command and its children."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*self.command, *arguments], check=True, **self._surroundings())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    @contextlib.contextmanager
    def serving(self) -> Iterator[float]:
        """Serve while the block runs; give the seconds from the start to the first answer."""
        self.port = free_port()
        arguments = ["run", "--enable-api", "--port", str(self.port), *self.options]
        began = time.perf_counter()
        self.process = subprocess.Popen([*self.command, *arguments], **self._surroundings())
        try:
            yield self._first_answer(began)
        finally:
            self.process.terminate()
            self.process.wait(timeout=60)

    def _first_answer(self, began: float) -> float:
        body = {"sender": uuid.uuid4().hex, "message": "hello"}
        while time.perf_counter() - began < START_TIMEOUT_S:
            assert self.process is not None
            assert self.process.poll() is None, (self.folder / "log.txt").read_text()[-3000:]
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.post(f"{self.url}/webhooks/rest/webhook", json=body, timeout=60)
                if answer.status_code == 200 and answer.json():
                    return time.perf_counter() - began
            time.sleep(0.02)
        raise TimeoutError(f"{self.name} gave no answer: {self.folder / 'log.txt'}")

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.port}"

    def memory_mb(self) -> float:
        """Return the resident memory of the server."""
        assert self.process is not None
        return memory_mb(self.process.pid)

    def _surroundings(self) -> dict[str, Any]:
        environment = os.environ | {
            "RASA_TELEMETRY_ENABLED": "false",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "FRONTDESK_LOG_LEVEL": "ERROR",
        }
        log = (self.folder / "log.txt").open("ab")
        return {"cwd": self.folder, "env": environment, "stdout": log, "stderr": log}


def prepare(project: Project, target: Path, action_port: int) -> None:
    """Write a copy of `project` that both can run."""
    ignored = shutil.ignore_patterns("models", ".rasa", ".frontdesk", "actions", "*.log")
    shutil.copytree(project.folder, target, ignore=ignored, copy_function=shutil.copyfile)
    yaml = YAML()
    config = yaml.load((target / "config.yml").read_text("utf-8"))
    kept = [one for one in config["pipeline"] if not one["name"].startswith(LEFT_OUT)]
    has_tokenizer = any(one["name"].endswith("Tokenizer") for one in kept)
    config["pipeline"] = kept if has_tokenizer else None
    config["assistant_id"] = "bench"
    with (target / "config.yml").open("w", encoding="utf-8") as file:
        yaml.dump(config, file)
    (target / "credentials.yml").write_text("rest:\n", "utf-8")
    endpoint = f'action_endpoint:\n  url: "http://127.0.0.1:{action_port}/webhook"\n'
    (target / "endpoints.yml").write_text(endpoint, "utf-8")


@contextlib.contextmanager
def action_server(folder: Path, port: int) -> Iterator[None]:
    """Run the project's custom actions while the block runs, if it has any."""
    if not list(folder.glob("actions/*.py")):
        yield
        return
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "-p", str(port)]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # Sanic ends its whole process group when it is told to stop: it gets one of its own.
    child = subprocess.Popen(command, cwd=folder, start_new_session=True, **quiet)
    try:
        yield
    finally:
        child.terminate()
        child.wait(timeout=30)


def unlike(texts: list[str], number: int) -> str:
    """Return one of `texts` as nobody has written it before: nothing is answered from a cache."""
    return f"{texts[number % len(texts)]} {number}"


def percentile_50(desks: list[Desk], ask: Callable[[Desk, int], None]) -> Figures:
    """Return the median milliseconds of `ask` per desk; the desks take turns, block by block."""
    took_ms: dict[str, list[float]] = {desk.name: [] for desk in desks}
    for first in range(0, SINGLE, BLOCK):
        for desk in desks:
            for number in range(first, first + BLOCK):
                began = time.perf_counter()
                ask(desk, number)
                if number >= first + WARM_UP:
                    took_ms[desk.name].append(1000 * (time.perf_counter() - began))
    return {name: round(statistics.median(values), 2) for name, values in took_ms.items()}


async def turns_per_s(desk: Desk, texts: list[str]) -> float:
    """Return how many turns a second `CLIENTS` customers get who write `texts` without a pause."""

    async def customer(client: aiohttp.ClientSession) -> None:
        sender = uuid.uuid4().hex
        for _ in range(TURNS_PER_CLIENT):
            body = {"sender": sender, "message": texts.pop()}
            async with client.post("/webhooks/rest/webhook", json=body) as answer:
                assert answer.status == 200
                await answer.read()

    async with aiohttp.ClientSession(desk.url) as client:
        began = time.perf_counter()
        await asyncio.gather(*(customer(client) for _ in range(CLIENTS)))
        return CLIENTS * TURNS_PER_CLIENT / (time.perf_counter() - began)


def measure(desks: list[Desk], texts: list[str]) -> dict[str, Figures]:
    """Return every figure of every desk."""
    found: dict[str, Figures] = {}
    found["train_cpu_s"] = {desk.name: round(desk.run("train"), 2) for desk in desks}
    found["start_to_first_answer_s"] = {}
    for desk in desks:
        with desk.serving() as seconds:
            found["start_to_first_answer_s"][desk.name] = round(seconds, 2)
    with contextlib.ExitStack() as stack:
        clients: dict[str, HTTPConnection] = {}
        for desk in desks:
            stack.enter_context(desk.serving())
            clients[desk.name] = HTTPConnection("127.0.0.1", desk.port, timeout=120)

        def post(desk: Desk, path: str, body: dict[str, str]) -> None:
            headers = {"Content-Type": "application/json"}
            clients[desk.name].request("POST", path, json.dumps(body), headers)
            answer = clients[desk.name].getresponse()
            answer.read()
            assert answer.status == 200

        def parse(desk: Desk, number: int) -> None:
            post(desk, "/model/parse", {"text": unlike(texts, number)})

        def turn(desk: Desk, number: int) -> None:
            sender = f"turns-{number // TURNS_PER_CONVERSATION}"
            message = unlike(texts, 2 * SINGLE + number)
            post(desk, "/webhooks/rest/webhook", {"sender": sender, "message": message})

        found["parse_p50_ms"] = percentile_50(desks, parse)
        found["turn_p50_ms"] = percentile_50(desks, turn)
        rates: dict[str, list[float]] = {desk.name: [] for desk in desks}
        for number in range(ROUNDS):
            turns = CLIENTS * TURNS_PER_CLIENT
            said = [unlike(texts, (number + 9) * turns + turn) for turn in range(turns)]
            for desk in desks:
                rates[desk.name].append(asyncio.run(turns_per_s(desk, said.copy())))
        found["turns_per_s_16_clients"] = {
            name: round(statistics.median(values), 1) for name, values in rates.items()
        }
        found["memory_mb"] = {desk.name: desk.memory_mb() for desk in desks}
    return found


def compare(folder: Path, scratch: Path) -> dict[str, Any]:
    """Return the figures of one project, the ratios, and which reach their bar."""
    project = checked_project(folder)
    texts = sorted({example.text for example in usable(project)})
    random.Random(42).shuffle(texts)
    action_port = free_port()
    rasa = os.environ["FRONTDESK_RASA"]
    desks = [
        Desk("frontdesk", scratch / "frontdesk", [sys.executable, "-m", "bot"], ()),
        Desk("rasa", scratch / "rasa", [rasa], ("--credentials", "credentials.yml")),
    ]
    for desk in desks:
        prepare(project, desk.folder, action_port)
    with action_server(project.folder, action_port):
        figures = measure(desks, texts)
    ratios = {key: round(pair["frontdesk"] / pair["rasa"], 4) for key, pair in figures.items()}
    reached = {
        key: ratios[key] >= bar if bar > 1 else ratios[key] <= bar for key, bar in BARS.items()
    }
    return {"project": folder.name, "figures": figures, "ratios": ratios, "reached": reached}


def table(results: list[dict[str, Any]]) -> str:
    """Return the results as a Markdown table."""
    names = [result["project"] for result in results]
    lines = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for key, label in LABELS.items():
        cells = []
        for result in results:
            pair = result["figures"][key]
            times = pair["frontdesk"] / pair["rasa"]
            better = times if BARS[key] > 1 else 1 / times
            cells.append(f"{pair['frontdesk']:g} / {pair['rasa']:g} ({better:.1f}×)")
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure every project named on the command line."""
    results = []
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as scratch:
            results.append(compare(Path(name).resolve(), Path(scratch)))
        print(json.dumps(results[-1]), flush=True)
    today, cores = datetime.datetime.now(datetime.UTC).date(), os.cpu_count()
    print(table(results))
    print(f"\nFrontdesk / Rasa 3.6.21, {today}, {cores} cores, {platform.machine()}, no GPU.")


if __name__ == "__main__":
    main()
