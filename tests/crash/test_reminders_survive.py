"""SIGKILL between setting a reminder and its time, and while many fire: each fires exactly once."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT, Server, running

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

CONVERSATIONS = 40
KILLS = 6
EARLY_S = 3.0
"""How much later than the action this test may read the clock."""
LATE_S = 5.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the bot that sets reminders, with its own action server."""
    folder = tmp_path / "bot"
    shutil.copytree(ROOT / "tests" / "projects" / "reminders", folder)
    with running(folder) as started:
        yield started


def test_a_reminder_fires_once_though_the_server_was_dead_at_its_time(server: Server) -> None:
    assert say(server, "late", 2.0) == ["I will remind you."]
    server.kill()
    time.sleep(2.5)  # its time passes while nothing runs

    server.start()

    wait_until_fired(server, ["late"])
    assert external(server) == Counter({"late": 1})
    assert replies(server, "late") == ["I will remind you.", "Time to wake up."]


def test_a_reminder_fires_at_its_time_after_a_restart(server: Server) -> None:
    say(server, "soon", 20.0)
    due_at = time.time() + 20.0
    server.kill()
    server.start()
    ready_at = time.time()

    wait_until_fired(server, ["soon"])

    assert external(server) == Counter({"soon": 1})
    with rows(server) as table:
        (body,) = table.execute("SELECT body FROM event WHERE body LIKE '%EXTERNAL: wake%'")
    fired_at = json.loads(body[0])["at"]
    fired_s = datetime.fromisoformat(fired_at).timestamp()
    print(f"fired {fired_s - due_at:+.3f} s from its time, {fired_s - ready_at:+.3f} s from start")
    # The bound is wide because the machine may be busy; `test_timers` is exact.
    assert due_at - EARLY_S < fired_s < max(due_at, ready_at) + LATE_S


def test_many_reminders_fire_once_each_while_the_server_is_killed(server: Server) -> None:
    names = [f"c{number}" for number in range(CONVERSATIONS)]
    asyncio.run(_set_all(server, names))
    rng = random.Random(7)

    for _ in range(KILLS):
        time.sleep(rng.uniform(0.1, 0.8))
        server.kill()
        server.start()

    wait_until_fired(server, names)
    found = external(server)
    print(json.dumps({"set": len(names), "fired": sum(found.values()), "kills": KILLS}))
    assert found == Counter(names)
    for name in names:
        assert replies(server, name) == ["I will remind you.", "Time to wake up."]
    with rows(server) as table:
        assert table.execute("SELECT count(*) FROM timer").fetchone() == (0,)
        sent = table.execute("SELECT count(*), count(DISTINCT idem_key) FROM outbox").fetchone()
    # Who asked got the answer with the request; what the reminder says is delivered, once.
    assert sent == (len(names), len(names))


async def _set_all(server: Server, names: list[str]) -> None:
    """Set the reminders of all conversations so that they fall due from 1 to 5 s later."""
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        answers = await asyncio.gather(
            *(
                client.post("/webhooks/rest/webhook", json=_message(name, 1 + n % 8 / 2))
                for n, name in enumerate(names)
            )
        )
    for answer in answers:
        assert [item["text"] for item in answer.json()] == ["I will remind you."]


def say(server: Server, sender: str, seconds: float) -> list[str]:
    """Ask for a reminder in `seconds`."""
    url = f"{server.url}/webhooks/rest/webhook"
    answer = httpx.post(url, json=_message(sender, seconds), timeout=60)
    return [item["text"] for item in answer.json()]


def wait_until_fired(server: Server, names: list[str]) -> None:
    """Return when nothing waits any more and every reminder was recorded; fail after 60 s."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with rows(server) as table:
            waiting = sum(
                table.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                for name in ("timer", "inbox WHERE status = 0", "outbox WHERE status = 0")
            )
        if waiting == 0 and set(external(server)) >= set(names):
            return
        time.sleep(0.1)
    pytest.fail(f"not every reminder fired: {external(server)}")


def external(server: Server) -> Counter[str]:
    """Return how often each conversation's reminder was recorded."""
    with rows(server) as table:
        found = table.execute("SELECT conversation_id, body FROM event WHERE kind = 'user'")
        return Counter(key for key, body in found if json.loads(body)["text"] == "EXTERNAL: wake")


def replies(server: Server, name: str) -> list[str]:
    """Return what the bot said in a conversation."""
    with rows(server) as table:
        found = table.execute(
            "SELECT body FROM event WHERE kind = 'bot' AND conversation_id = ? ORDER BY seq",
            (name,),
        )
        return [json.loads(body)["reply"]["text"] for (body,) in found]


def rows(server: Server) -> sqlite3.Connection:
    """Return a reader of the server's database."""
    return sqlite3.connect(server.folder / ".frontdesk" / "frontdesk.db")


def _message(sender: str, seconds: float) -> dict[str, str]:
    return {"sender": sender, "message": f'/remind{{"seconds": {seconds}}}', "message_id": "m1"}
