"""SIGKILL while customers write over Telegram: nothing is doubled, and what is unknown is shown.

Every message is answered once in the conversation. A reply is sent at most once: if the process
dies between the call and its answer, nobody can know whether it arrived, so it is a dead letter.
"""

from __future__ import annotations

import collections
import json
import random
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from bot.stores import rows
from connectors.push import Address
from connectors.telegram.render import render
from tests.conftest import Server
from tests.connectors.telegram_desk import CASE, deliver, telegram_desk
from tests.fakes.telegram import FakeTelegram

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]

CHATS, MESSAGES, KILLS = 10, 30, 6
PAUSE_S = 0.3
"""Of a customer's platform before it delivers again; without one, the server would not start."""
TYPING_S = 0.2
"""Between a customer's messages at most: on a fast machine all would be in before the kills."""
DRAIN_S = 120.0
SENTENCES = ("hello", "what can you do?", "How long does delivery take?", "bye")


def test_sigkill_doubles_nothing_and_hides_nothing(project_copy: Path) -> None:
    with telegram_desk(project_copy) as (server, fake):
        fake.wait_until(lambda: any(c.method == "setWebhook" for c in fake.took))
        with ThreadPoolExecutor(CHATS) as pool:
            customers = [pool.submit(_customer, server, fake, chat) for chat in range(CHATS)]
            kills = _kill_at_random(server, customers)
            for customer in customers:
                customer.result()
        database = project_copy / ".frontdesk" / "frontdesk.db"
        _drain(database)
        server.kill()
        figures = _check(database, fake)

    print(json.dumps(figures | {"kills": kills}))
    assert kills >= KILLS // 2
    assert figures["messages"] == CHATS * MESSAGES
    assert (figures["lost"], figures["doubled"], figures["out_of_order"]) == (0, 0, 0)
    assert figures["sent_twice"] == 0
    assert figures["missing_unseen"] == 0


def _customer(server: Server, fake: FakeTelegram, chat: int) -> None:
    """Send one chat's messages in order, each until it is acknowledged, some once more."""
    rng = random.Random(chat)
    for count in range(MESSAGES):
        text = f"{rng.choice(SENTENCES)} ({count})"
        body = CASE.message(text, chat * 1000 + count + 1, customer=str(5000 + chat)).content
        for _ in range(1 + (rng.random() < 0.2)):
            while not _is_acknowledged(server, fake, body):
                time.sleep(PAUSE_S)
        time.sleep(rng.uniform(0, TYPING_S))


def _is_acknowledged(server: Server, fake: FakeTelegram, body: bytes) -> bool:
    try:
        return deliver(server, fake, body) == 200
    except httpx.TransportError:
        return False


def _kill_at_random(server: Server, customers: list) -> int:  # type: ignore[type-arg]
    rng = random.Random()
    kills = 0
    while kills < KILLS and not all(customer.done() for customer in customers):
        time.sleep(rng.uniform(0.05, 0.5))
        server.kill()
        server.start()
        kills += 1
    return kills


def _drain(database: Path) -> None:
    """Return when nothing waits any longer."""
    deadline = time.monotonic() + DRAIN_S
    while time.monotonic() < deadline:
        with sqlite3.connect(database) as found:
            waiting = "SELECT (SELECT count(*) FROM inbox WHERE status = 0)"
            waiting += " + (SELECT count(*) FROM outbox WHERE status = 0)"
            if not found.execute(waiting).fetchone()[0]:
                return
        time.sleep(0.1)
    pytest.fail("inbox or outbox did not drain")


def _check(database: Path, fake: FakeTelegram) -> dict[str, int]:
    sent = collections.Counter(
        (str(call.payload["chat_id"]), call.payload["text"])
        for call in fake.took
        if call.method == "sendMessage"
    )
    figures: dict[str, int] = collections.Counter()
    with sqlite3.connect(database) as found:
        found.row_factory = sqlite3.Row
        for chat in range(CHATS):
            _check_chat(found, str(5000 + chat), sent, figures)
    names = ("messages", "lost", "doubled", "out_of_order", "sent_twice", "missing_unseen")
    return {name: figures[name] for name in (*names, "calls", "unknown")}


def _check_chat(
    found: sqlite3.Connection, chat: str, sent: collections.Counter, figures: dict[str, int]
) -> None:  # type: ignore[type-arg]
    said = [
        int(json.loads(row["body"])["text"].rsplit("(", 1)[1].rstrip(")"))
        for row in found.execute(
            "SELECT body FROM event WHERE conversation_id = ? AND kind = 'user' ORDER BY seq",
            (chat,),
        )
    ]
    figures["messages"] += len(said)
    figures["lost"] += len(set(range(MESSAGES)) - set(said))
    figures["doubled"] += len(said) - len(set(said))
    figures["out_of_order"] += said != sorted(said)
    meant: collections.Counter[str] = collections.Counter()
    unknown: collections.Counter[str] = collections.Counter()
    for row in found.execute("SELECT * FROM outbox WHERE conversation_id = ?", (chat,)):
        calls = render(rows.outbound(dict(row)), Address(chat=chat)).operations
        texts = collections.Counter(str(call.payload["text"]) for call in calls)
        meant += texts
        if row["status"] == 2:
            assert "may or may not have arrived" in row["last_error"]
            unknown += texts
    arrived = collections.Counter({text: n for (to, text), n in sent.items() if to == chat})
    figures["calls"] += arrived.total()
    figures["unknown"] += unknown.total()
    figures["sent_twice"] += (arrived - meant).total()
    figures["missing_unseen"] += (meant - arrived - unknown).total()
