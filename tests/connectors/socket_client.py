"""A Socket.IO client that collects what a server sends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import socketio

QUIET_S = 1.2
"""Longer than the server's poll: what was not sent by then is not sent."""


class Client:
    """A connected client."""

    def __init__(self, namespace: str = "/") -> None:
        """Hold a client that is not connected."""
        self.namespace = namespace
        self.io = socketio.AsyncClient(reconnection=False)
        self.received: asyncio.Queue[list[Any]] = asyncio.Queue()
        self.io.on("*", self._note, namespace=namespace)

    async def _note(self, event: str, *data: Any) -> None:
        await self.received.put([event, *data])

    async def session(self, session_id: str | None) -> str:
        """Request a session and return the confirmed id."""
        await self.emit("session_request", {"session_id": session_id})
        event, confirmed = await self.next()
        assert event == "session_confirm"
        return confirmed

    async def emit(self, event: str, data: Any = None) -> None:
        """Send an event."""
        await self.io.emit(event, data, namespace=self.namespace)

    async def say(self, text: Any, **more: Any) -> dict[str, Any]:
        """Send a message and return the server's receipt."""
        data = {"message": text, **more}
        return await self.io.call("user_uttered", data, namespace=self.namespace, timeout=10)

    async def next(self) -> list[Any]:
        """Return the next event."""
        return await asyncio.wait_for(self.received.get(), 15)

    async def texts(self, count: int) -> list[str]:
        """Return the texts of the next `count` bot messages."""
        return [(await self.next())[1]["text"] for _ in range(count)]

    async def rest(self) -> list[list[Any]]:
        """Return what comes until the server is quiet."""
        found: list[list[Any]] = []
        while True:
            try:
                found.append(await asyncio.wait_for(self.received.get(), QUIET_S))
            except TimeoutError:
                return found


@asynccontextmanager
async def connected(
    url: str,
    *,
    transports: list[str] | None = None,
    path: str = "socket.io",
    namespace: str = "/",
    **options: Any,
) -> AsyncIterator[Client]:
    """Connect while the block runs."""
    client = Client(namespace)
    await client.io.connect(
        url,
        transports=transports or ["websocket"],
        socketio_path=path,
        namespaces=[namespace],
        wait_timeout=10,
        **options,
    )
    try:
        yield client
    finally:
        if client.io.transport() == "polling":
            # The library would wait for the end of its open request, which is half a minute.
            await client.io.eio.http.close()
        await client.io.disconnect()
