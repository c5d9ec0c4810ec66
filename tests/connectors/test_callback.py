"""The callback channel of a real server, posting to a receiver that misbehaves on demand."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import queue
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from connectors.callback.payloads import CallbackSettings
from connectors.callback.signature import signature
from tests.conftest import Server
from tests.connectors.channel_server import channel_server, console

SECRET = "a secret of the callback"


@dataclass
class Receiver:
    """Takes posts; answers with the `statuses` that are set, then with 200."""

    posts: queue.Queue[tuple[str, dict[str, str], bytes]] = field(default_factory=queue.Queue)
    statuses: list[int] = field(default_factory=list)
    url: str = ""

    def taken(self, count: int, timeout_s: float = 20) -> list[Any]:
        """Return the bodies of the next `count` posts, whatever was answered."""
        return [json.loads(self.posts.get(timeout=timeout_s)[2]) for _ in range(count)]

    def is_quiet(self) -> bool:
        """Return whether nothing more was posted for a second."""
        try:
            self.posts.get(timeout=1)
        except queue.Empty:
            return True
        return False


@pytest.fixture(scope="module")
def shared_receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.statuses.pop(0) if receiver.statuses else 200
            receiver.posts.put((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            if status == 429:
                self.send_header("Retry-After", "1")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{listening.server_port}/bot"
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield receiver
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture(scope="module")
def server(shared_receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "url": shared_receiver.url,
        "secret": SECRET,
        "token": "t0ken",
        "headers": {"X-Mine": "yes"},
    }
    folder = tmp_path_factory.mktemp("callback") / "bot"
    with channel_server(folder, {"callback": settings}) as started:
        yield started


@pytest.fixture
def receiver(shared_receiver: Receiver) -> Receiver:
    shared_receiver.statuses.clear()
    while not shared_receiver.posts.empty():
        shared_receiver.posts.get()
    return shared_receiver


def post(server: Server, message: Any, sender: str, **more: Any) -> httpx.Response:
    body = {"sender": sender, "message": message, **more}
    return httpx.post(f"{server.url}/webhooks/callback/webhook", json=body, timeout=20)


def new_sender() -> str:
    return f"c-{uuid.uuid4().hex[:12]}"


def test_every_message_is_posted_as_rasa_posts_it(server: Server, receiver: Receiver) -> None:
    answer = post(server, "mixed", "u")

    assert (answer.status_code, answer.text) == (200, "success")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    posts = [receiver.posts.get(timeout=20) for _ in range(5)]
    assert [body for _, _, body in posts] == [
        b'{"recipient_id": "u", "text": "Mixed", "buttons": [{"title": "A", "payload": "/greet"}]}',
        b'{"recipient_id": "u", "custom": {"data": {"type": "card"}}}',
        b'{"recipient_id": "u", "image": "https://example.org/cat.png"}',
        b'{"recipient_id": "u", "text": "Hello there."}',
        b'{"recipient_id": "u", "text": "How are you?"}',
    ]
    path, headers, _ = posts[0]
    assert path == "/bot?token=t0ken"
    assert headers["content-type"] == "application/json"
    assert headers["x-mine"] == "yes"


def test_a_request_is_signed_over_its_time_and_body(server: Server, receiver: Receiver) -> None:
    post(server, "custom", new_sender())

    _, headers, body = receiver.posts.get(timeout=20)

    parts = dict(item.split("=", 1) for item in headers["x-signature"].split(","))
    assert abs(time.time() - int(parts["t"])) < 60
    signed = parts["t"].encode() + b"." + body
    assert parts["v1"] == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("failures", [[500], [503, 502], [429], [404, 401]])
def test_a_failed_post_is_repeated_and_the_order_stays(
    server: Server, receiver: Receiver, failures: list[int]
) -> None:
    receiver.statuses[:] = [200, *failures]
    sender = new_sender()
    post(server, "hi", sender)
    post(server, "custom", sender)

    posts = [receiver.posts.get(timeout=30) for _ in range(3 + len(failures))]

    first, second = "Hello there.", "How are you?"
    texts = [json.loads(body).get("text", "custom") for _, _, body in posts]
    assert texts == [first, second, *[second] * len(failures), "custom"]
    keys = [headers["idempotency-key"] for _, headers, _ in posts]
    assert len(set(keys)) == 3
    assert len(set(keys[1:-1])) == 1
    assert receiver.is_quiet()


@pytest.mark.parametrize("status", [400, 410, 301, 307])
def test_a_refused_message_is_given_up_and_the_next_goes_on(
    server: Server, receiver: Receiver, status: int
) -> None:
    receiver.statuses[:] = [status]
    sender = new_sender()
    post(server, "custom", sender)
    post(server, "image", sender)

    posts = [receiver.posts.get(timeout=20) for _ in range(3)]

    assert all(path.startswith("/bot") for path, _, _ in posts)
    last = [json.loads(body) for _, _, body in posts[1:]]
    assert [next(key for key in item if key != "recipient_id") for item in last] == [
        "text",
        "image",
    ]
    assert receiver.is_quiet()


def test_a_repeated_webhook_call_makes_one_turn(server: Server, receiver: Receiver) -> None:
    sender, message_id = new_sender(), uuid.uuid4().hex

    for _ in range(3):
        assert post(server, "custom", sender, message_id=message_id).text == "success"

    assert len(receiver.taken(1)) == 1
    assert receiver.is_quiet()


def test_what_an_operator_says_is_posted_as_well(server: Server, receiver: Receiver) -> None:
    sender = new_sender()
    post(server, "custom", sender)
    receiver.taken(1)
    ana = console(server)
    assert ana.post(f"/console/api/conversations/{sender}/claim").status_code == 200

    body = {"cid": uuid.uuid4().hex, "text": "This is Ana."}
    ana.post(f"/console/api/conversations/{sender}/messages", json=body)

    assert receiver.taken(1) == [{"recipient_id": sender, "text": "This is Ana."}]


def test_answers_outlive_a_killed_server(server: Server, receiver: Receiver) -> None:
    sender = new_sender()
    receiver.statuses[:] = [500] * 3
    post(server, "custom", sender)
    receiver.taken(1)

    server.kill()
    receiver.statuses.clear()
    server.start()

    # The killed server had leased the delivery for 30 s.
    assert receiver.taken(1, timeout_s=60)[0]["recipient_id"] == sender


@pytest.mark.parametrize(
    ("message", "status"), [("", 400), (" ", 400), ("x" * 4001, 413), (7, 400), (None, 400)]
)
def test_a_message_that_cannot_be_taken_gets_a_4xx(
    server: Server, message: Any, status: int
) -> None:
    assert post(server, message, "u").status_code == status


def test_the_health_route_is_rasas(server: Server) -> None:
    assert httpx.get(f"{server.url}/webhooks/callback/").json() == {"status": "ok"}


def test_the_signature_is_the_documented_one() -> None:
    assert signature("k" * 16, b"{}", at_s=5) == (
        "t=5,v1=" + hmac.new(b"k" * 16, b"5.{}", hashlib.sha256).hexdigest()
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"url": "ftp://a.example"},
        {"url": "/relative"},
        {"url": "http://a.example", "secret": "short"},
        {"url": "http://a.example", "timeout_s": 0},
        {"url": "http://a.example", "basic_auth": {"username": "u"}},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CallbackSettings.model_validate(wrong)
