"""What all fake platforms have in common: strict, scripted, on loopback, in a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.conftest import free_port

Mood = Literal["ok", "rate_limited", "broken", "accept_and_hang", "bad_token", "blocked", "moved"]
"""How the next call is answered; `accept_and_hang` takes the message and never answers."""
TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Call:
    """A call that the platform took."""

    method: str
    payload: Mapping[str, Any]


class Fake:
    """A platform: `took` holds what it accepted, `refused` what broke its rules, and why."""

    def __init__(self) -> None:
        self.script: deque[Mood] = deque()
        self.took: list[Call] = []
        self.refused: list[str] = []
        self.seen = 0
        self.url = ""
        self._changed = threading.Condition()

    def problem(self, method: str, payload: Any) -> str | None:
        """Return which rule of the platform a call breaks, None if it is fine."""
        raise NotImplementedError

    def answer(self, mood: Mood, call: Call | None) -> Response:
        """Return the platform's answer; `call` is None when it was refused."""
        raise NotImplementedError

    def may(self, request: Request) -> bool:
        """Return whether the request carries the right token."""
        raise NotImplementedError

    @property
    def texts(self) -> list[str]:
        """Return the texts that were taken, in order."""
        return [call.payload["text"] for call in self.took if "text" in call.payload]

    async def handle(self, request: Request) -> Response:
        """Take one call."""
        mood = self.script.popleft() if self.script else "ok"
        if not self.may(request):
            mood = "bad_token"
        if mood not in ("ok", "accept_and_hang"):
            self._note(lambda: None)
            return self.answer(mood, None)
        method, payload = request.path_params["method"], await request.json()
        if problem := self.problem(method, payload):
            self._note(lambda: self.refused.append(f"{method}: {problem}"))
            return self.refusal(problem)
        call = Call(method, payload)
        self._note(lambda: self.took.append(call))
        if mood == "accept_and_hang":
            while (await request.receive())["type"] != "http.disconnect":
                pass
        return self.answer("ok", call)

    def refusal(self, problem: str) -> Response:
        """Return the answer to a call that breaks a rule."""
        raise NotImplementedError

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Return once `holds()`, which is asked after every call; fail with what was taken."""
        with self._changed:
            assert self._changed.wait_for(holds, TIMEOUT_S), (self.took, self.refused)

    def _note(self, change: Callable[[], object]) -> None:
        with self._changed:
            self.seen += 1
            change()
            self._changed.notify_all()

    @contextmanager
    def serving(self, path: str) -> Iterator[str]:
        """Serve on loopback while the block runs; return the address."""
        app = Starlette(routes=[Route(path, self.handle, methods=["POST"])])
        port = free_port()
        config = uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        started = threading.Event()
        startup = server.startup

        async def announced(**more: Any) -> None:
            await startup(**more)
            started.set()

        server.startup = announced  # type: ignore[method-assign]
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        assert started.wait(TIMEOUT_S), "the fake did not start"
        self.url = f"http://127.0.0.1:{port}"
        try:
            yield self.url
        finally:
            server.should_exit = True
            thread.join(TIMEOUT_S)
