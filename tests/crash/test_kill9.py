"""SIGKILL at random moments loses nothing, doubles nothing, keeps the order; mutants are found out.

History, nemesis, checker: customers repeat each message under the same key until it is answered and
re-send some once more; the server is killed at random and started again; afterwards the database is
read. Method: Jepsen's (https://jepsen.io/analyses).
"""

from __future__ import annotations

import asyncio
import collections
import json
import random
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.conftest import Server, free_port

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]

FAULTY = ["-m", "tests.crash.faulty_server"]
DRAIN_TIMEOUT_S = 90
SENTENCES = ("hello", "How long does delivery take?", "你好", "怎么退货？", "where is FD204815?")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is sent and how often the server dies."""

    conversations: int
    messages: int
    kills: int
    resent: float = 0.1
    mutant: str = "none"
    slow_turns: float = 0.0
    patience_s: float = 400.0
    """Mutants may stop answering: then the check begins all the same."""


@dataclass
class Findings:
    """What the checker found; all zero in a correct run, `acked` aside."""

    acked: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    undrained: int = 0
    drift: int = 0
    undelivered: int = 0
    answers_changed: int = 0
    stalled: int = 0
    kills: int = 0
    acked_of: collections.Counter[int] = field(default_factory=collections.Counter)

    def show(self) -> None:
        """Print the figures as JSON."""
        print(json.dumps({k: v for k, v in vars(self).items() if k != "acked_of"}))

    @property
    def faults(self) -> int:
        """Return how many promises were broken."""
        broken = self.lost + self.doubled + self.out_of_order
        return broken + self.undrained + self.drift + self.stalled


def test_nothing_is_lost_or_doubled_by_sigkill(project_copy: Path) -> None:
    plan = Plan(conversations=60, messages=36, kills=12)

    found = asyncio.run(_run(project_copy, plan))

    found.show()
    assert found.kills >= 10
    assert found.acked == 60 * 36
    assert (found.faults, found.undelivered, found.answers_changed) == (0, 0, 0)


def test_slow_turns_lose_nothing_while_the_fence_stands(project_copy: Path) -> None:
    plan = Plan(conversations=20, messages=10, kills=3, slow_turns=0.15)

    found = asyncio.run(_run(project_copy, plan))

    found.show()
    assert found.kills >= 1
    assert found.acked == 20 * 10
    assert found.faults == 0


def test_the_mutant_without_dedupe_is_found_out(project_copy: Path) -> None:
    plan = Plan(conversations=20, messages=10, kills=2, resent=0.3, mutant="no_dedupe")

    found = asyncio.run(_run(project_copy, plan))

    found.show()
    assert found.doubled > 0


def test_the_mutant_without_fence_is_found_out(project_copy: Path) -> None:
    plan = Plan(
        conversations=20, messages=10, kills=2, mutant="no_fence", slow_turns=0.3, patience_s=30
    )

    found = asyncio.run(_run(project_copy, plan))

    found.show()
    assert found.doubled + found.out_of_order + found.drift > 0


async def _run(folder: Path, plan: Plan) -> Findings:
    command = [*FAULTY, "--mutant", plan.mutant, "--slow-turns", str(plan.slow_turns)]
    server = Server(folder, free_port(), command)
    server.start()
    findings = Findings()
    try:
        async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
            customers = [
                asyncio.create_task(_customer(client, number, plan, findings))
                for number in range(plan.conversations)
            ]
            await _kill_at_random(server, plan.kills, customers, findings)
            _, waiting = await asyncio.wait(customers, timeout=plan.patience_s)
            findings.stalled = len(waiting)
            for task in waiting:
                task.cancel()
        await _drain(folder, min(plan.patience_s, DRAIN_TIMEOUT_S))
    finally:
        server.kill()
    _check(folder, plan, findings)
    return findings


async def _customer(client: httpx.AsyncClient, number: int, plan: Plan, findings: Findings) -> None:
    """Send one conversation's messages in order, each until it is answered."""
    rng = random.Random(number)
    for count in range(plan.messages):
        body = {
            "sender": f"customer-{number}",
            "message": f"{rng.choice(SENTENCES)} ({count})",
            "message_id": f"m{count}",
        }
        first = await _until_answered(client, body)
        findings.acked += 1
        findings.acked_of[number] += 1
        if rng.random() < plan.resent:
            again = await _until_answered(client, body)
            findings.answers_changed += again != first


async def _until_answered(client: httpx.AsyncClient, body: dict[str, str]) -> object:
    while True:
        try:
            answer = await client.post("/webhooks/rest/webhook", json=body)
            if answer.status_code == 200:
                return answer.json()
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.05)


async def _kill_at_random(
    server: Server, kills: int, customers: list[asyncio.Task[None]], findings: Findings
) -> None:
    """Kill the server `kills` times, fewer when all customers have their answers before."""
    rng = random.Random()
    while findings.kills < kills:
        await asyncio.sleep(rng.uniform(0.3, 2.5))
        if all(task.done() for task in customers):
            return
        server.kill()
        findings.kills += 1
        await asyncio.to_thread(server.start)


async def _drain(folder: Path, timeout_s: float) -> None:
    """Wait until no inbox or outbox row waits."""
    for _ in range(int(timeout_s * 10)):
        with sqlite3.connect(_database(folder)) as rows:
            if not _waiting(rows):
                return
        await asyncio.sleep(0.1)


def _waiting(rows: sqlite3.Connection) -> int:
    inbox = rows.execute("SELECT count(*) FROM inbox WHERE status = 0").fetchone()[0]
    return inbox + rows.execute("SELECT count(*) FROM outbox WHERE status = 0").fetchone()[0]


def _database(folder: Path) -> Path:
    return folder / ".frontdesk" / "frontdesk.db"


def _check(folder: Path, plan: Plan, found: Findings) -> None:
    with sqlite3.connect(_database(folder)) as rows:
        found.undrained = _waiting(rows)
        found.drift = rows.execute(
            "SELECT count(*) FROM conversation WHERE pending != 0"
        ).fetchone()[0]
        found.undelivered = rows.execute(
            "SELECT count(*) FROM outbox WHERE status != 1"
        ).fetchone()[0]
        for number in range(plan.conversations):
            _check_conversation(rows, f"customer-{number}", found.acked_of[number], found)


def _check_conversation(
    rows: sqlite3.Connection, conversation_id: str, expected: int, found: Findings
) -> None:
    """Compare what was recorded with what was sent: every message once, in order, seq dense."""
    stored = rows.execute(
        "SELECT seq, kind, body FROM event WHERE conversation_id = ? ORDER BY seq",
        (conversation_id,),
    ).fetchall()
    said = [
        int(json.loads(body)["text"].rsplit("(", 1)[1].rstrip(")"))
        for _, kind, body in stored
        if kind == "user"
    ]
    counts = collections.Counter(said)
    found.lost += sum(1 for count in range(expected) if counts[count] == 0)
    found.doubled += sum(times - 1 for times in counts.values())
    found.out_of_order += said != sorted(said)
    found.out_of_order += [seq for seq, _, _ in stored] != list(range(1, len(stored) + 1))
