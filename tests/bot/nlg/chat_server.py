"""A real HTTP server that speaks chat completions, streamed, and says what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Write = Callable[[dict[str, Any]], Sequence[str] | int | bytes]
"""A request's body → the pieces to stream; a status instead, or the raw body of a 200."""


@dataclass
class ChatServer:
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    """Pieces that went out."""
    free: threading.Event = field(default_factory=threading.Event)
    """Clear: the server waits before each piece until `let` one pass."""
    passes: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    broken: threading.Event = field(default_factory=threading.Event)
    """Set when the client went away while the server was writing."""

    def let(self, pieces: int = 1) -> None:
        """Let so many further pieces pass."""
        self.passes.release(pieces)


class Handler(BaseHTTPRequestHandler):
    """Answers one request; a server has a subclass that knows what to say."""

    protocol_version = "HTTP/1.1"
    made: ChatServer
    write: Write
    tells_usage: bool

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.made.asked.append(body)
        self.made.headers.append({name.lower(): value for name, value in self.headers.items()})
        said = self.write(body)
        is_status = isinstance(said, int)
        self.send_response(said if is_status else 200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if isinstance(said, int):
            return
        try:
            self._stream(said)
        except OSError:
            self.made.broken.set()

    def _stream(self, said: Sequence[str] | bytes) -> None:
        if isinstance(said, bytes):
            self.wfile.write(said)
            return
        for piece in said:
            while not self.made.free.is_set() and not self.made.passes.acquire(timeout=0.02):
                self.wfile.write(b": waiting\n\n")  # fails once the client went away
                self.wfile.flush()
            self._event({"choices": [{"index": 0, "delta": {"content": piece}}]})
            self.made.written.append(piece)
        if self.tells_usage:
            counts = {"prompt_tokens": 120, "completion_tokens": 30}
            self._event({"choices": [], "usage": counts})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, event: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Be silent."""


@contextmanager
def chat_server(write: Write, *, tells_usage: bool = True) -> Iterator[ChatServer]:
    """Serve while the block runs."""
    made = ChatServer()
    facts = {"made": made, "write": staticmethod(write), "tells_usage": tells_usage}
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Saying", (Handler,), facts))
    made.url = f"http://127.0.0.1:{http.server_port}/v1"
    made.free.set()
    thread = threading.Thread(
        target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield made
    finally:
        made.free.set()
        http.shutdown()
        http.server_close()
        thread.join()


def pieces(text: str, size: int = 7) -> list[str]:
    """Return `text` in pieces as a model streams them."""
    return [text[start : start + size] for start in range(0, len(text), size)]
