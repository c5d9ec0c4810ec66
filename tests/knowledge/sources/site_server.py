"""Web sites of our own on the loopback address: well-behaved ones, and others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """A running site."""

    url: str
    pages: dict[str, Answer | str | bytes]
    """Path → HTML, bytes of an answer's body, or what answers."""
    asked: list[str] = field(default_factory=list)
    """The paths in the order in which they were asked for."""
    stopping: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(pages: Mapping[str, Answer | str | bytes]) -> Iterator[Site]:
    """Serve `pages` while the block runs; `{url}` in a text is replaced by the site's address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            page = site.pages.get(self.path)
            if page is None:
                self.send_error(404)
            elif callable(page):
                page(self)
            else:
                send(self, page.replace("{url}", site.url) if isinstance(page, str) else page)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(f"http://127.0.0.1:{server.server_address[1]}", dict(pages))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def send(
    handler: BaseHTTPRequestHandler,
    body: str | bytes,
    *,
    status: int = 200,
    headers: Mapping[str, str] = {},
) -> None:
    """Send an answer; texts that begin with `<?xml` or `User-agent` are no HTML."""
    data = body.encode() if isinstance(body, str) else body
    kind = "text/html"
    if data.startswith(b"<?xml"):
        kind = "application/xml"
    elif data.startswith(b"%PDF"):
        kind = "application/pdf"
    elif data.startswith(b"User-agent"):
        kind = "text/plain"
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(data)


def redirect(target: str) -> Answer:
    """Return what redirects to `target`."""
    return lambda handler: send(handler, "", status=302, headers={"Location": target})


def silence(site: Callable[[], Site]) -> Answer:
    """Return what never answers."""
    return lambda _handler: site().stopping.wait() and None


def drip(site: Callable[[], Site], begin: bytes) -> Answer:
    """Return what sends `begin`, and then a byte every 20 ms for ever."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(begin)
        while not site().stopping.wait(0.02):
            try:
                handler.wfile.write(b"x")
                handler.wfile.flush()
            except OSError:
                return

    return answer
