"""Socket.IO clients that all talk at once: what is lost or doubled, and how long turns take.

python tests/bench/sockets.py [CLIENTS] [MESSAGES]
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import socketio

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.connectors.channel_server import channel_server

ANSWER_TIMEOUT_S = 120.0
ANSWERS_PER_MESSAGE = 2
"""What the bot of `tests/projects/channels` says to a greeting."""


class Customer:
    """A client that says one message after the other and counts the answers."""

    def __init__(self) -> None:
        """Hold a client that is not connected."""
        self.io = socketio.AsyncClient(reconnection=False)
        self.session_id = uuid.uuid4().hex
        self.answers: asyncio.Queue[Any] = asyncio.Queue()
        self.confirmed = asyncio.Event()
        self.turns_ms: list[float] = []
        self.io.on("bot_uttered", self.answers.put)
        self.io.on("session_confirm", self._confirm)

    async def _confirm(self, _: str) -> None:
        self.confirmed.set()

    async def talk(self, url: str, messages: int) -> None:
        """Connect, say `messages` and wait for every answer."""
        await self.io.connect(url, transports=["websocket"], wait_timeout=60)
        await self.io.emit("session_request", {"session_id": self.session_id})
        await self.confirmed.wait()
        for _ in range(messages):
            started = time.perf_counter()
            await self.io.emit("user_uttered", {"message": "hi", "session_id": self.session_id})
            for _ in range(ANSWERS_PER_MESSAGE):
                await asyncio.wait_for(self.answers.get(), ANSWER_TIMEOUT_S)
            self.turns_ms.append((time.perf_counter() - started) * 1000)


async def measure(url: str, clients: int, messages: int) -> dict[str, Any]:
    """Return what `clients` who each say `messages` saw, and what the trackers hold."""
    customers = [Customer() for _ in range(clients)]
    started = time.perf_counter()
    ended = await asyncio.gather(
        *(customer.talk(url, messages) for customer in customers), return_exceptions=True
    )
    took_s = time.perf_counter() - started
    await asyncio.sleep(2)  # what comes now was said twice
    recorded: Counter[str] = Counter()
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        for customer in customers:
            tracker = (await http.get(f"/conversations/{customer.session_id}/tracker")).json()
            recorded.update(event["event"] for event in tracker["events"])
    turns_ms = sorted(taken for customer in customers for taken in customer.turns_ms)
    await asyncio.gather(*(customer.io.disconnect() for customer in customers))
    said = clients * messages
    return {
        "clients": clients,
        "messages": said,
        "answered": len(turns_ms),
        "lost": said - len(turns_ms),
        "doubled": sum(customer.answers.qsize() for customer in customers),
        "recorded_user": recorded["user"],
        "recorded_bot": recorded["bot"],
        "failed_clients": [repr(item) for item in ended if item is not None][:3],
        "turns_per_s": round(len(turns_ms) / took_s, 1),
        "turn_ms_p50": round(statistics.median(turns_ms), 1),
        "turn_ms_p99": round(turns_ms[int(len(turns_ms) * 0.99)], 1),
    }


def main() -> None:
    """Measure and print."""
    given = [int(value) for value in sys.argv[1:]]
    clients, messages = (given + [200, 5][len(given) :])[:2]
    with tempfile.TemporaryDirectory() as folder:
        settings = {"socketio": {"session_persistence": True}}
        with channel_server(Path(folder) / "bot", settings) as server:
            print(json.dumps(asyncio.run(measure(server.url, clients, messages)), indent=1))


if __name__ == "__main__":
    main()
