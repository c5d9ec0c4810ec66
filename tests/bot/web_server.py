"""A real HTTP server for tests that keeps the requests and answers as told."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as it arrived; a deflated body is given inflated."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[Asked], tuple[int, Any]]


@dataclass
class WebServer:
    """The server's address and what it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def web_server(answer: Answer) -> Iterator[WebServer]:
    """Serve `answer`, which gives a status and a JSON value (or bytes), while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "deflate":
                body = zlib.decompress(body)
            names = {name.lower(): value for name, value in self.headers.items()}
            made.asked.append(Asked(path=self.path, headers=names, body=body))
            status, value = answer(made.asked[-1])
            content = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Be silent."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = WebServer(url=f"http://127.0.0.1:{http.server_port}")
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
