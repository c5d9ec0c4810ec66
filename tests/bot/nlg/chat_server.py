"""A real HTTP server that speaks chat completions, streamed, and says what a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Write = Callable[[dict[str, Any]], Sequence[str] | int | bytes]
"""A request's body → the pieces to stream; a status instead, or the raw body of a 200."""


@dataclass
class ChatServer:
    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    """Pieces that went out."""
    free: threading.Event = field(default_factory=threading.Event)
    """Clear: the server waits before each piece until `let` one pass."""
    passes: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    broken: threading.Event = field(default_factory=threading.Event)
    """Set when the client went away while the server was writing."""
    pause_s: float = 0.0

    def let(self, pieces: int = 1) -> None:
        """Let so many further pieces pass."""
        self.passes.release(pieces)


@contextmanager
def chat_server(write: Write, *, usage: bool = True, pause_s: float = 0.0) -> Iterator[ChatServer]:
    """Serve while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.asked.append(body)
            made.headers.append({name.lower(): value for name, value in self.headers.items()})
            said = write(body)
            if isinstance(said, int):
                self.send_response(said)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                self._stream(said)
            except OSError:
                made.broken.set()

        def _stream(self, said: Sequence[str] | bytes) -> None:
            if isinstance(said, bytes):
                self.wfile.write(said)
                return
            for piece in said:
                while not made.free.is_set() and not made.passes.acquire(timeout=0.02):
                    self.wfile.write(b": waiting\n\n")  # fails once the client went away
                    self.wfile.flush()
                time.sleep(made.pause_s)
                self._event({"choices": [{"index": 0, "delta": {"content": piece}}]})
                made.written.append(piece)
            if usage:
                counts = {"prompt_tokens": 120, "completion_tokens": 30}
                self._event({"choices": [], "usage": counts})
            self.wfile.write(b"data: [DONE]\n\n")

        def _event(self, event: dict[str, Any]) -> None:
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            """Be silent."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = ChatServer(url=f"http://127.0.0.1:{http.server_port}/v1", pause_s=pause_s)
    made.free.set()
    thread = threading.Thread(target=http.serve_forever, daemon=True)
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
