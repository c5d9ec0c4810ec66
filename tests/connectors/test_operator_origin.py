"""Other web pages cannot use an operator's session: the console checks `Origin`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

from bot.passwords import hash_password
from bot.server.app import create_app
from bot.server.desk import Desk
from bot.stores import open_store
from bot.stores.store import Operator
from connectors.operator.origin import ConsoleSettings, is_own_page

DESK, FEED = "https://desk.example", "wss://desk.example/console/ws"
PASSWORD = "a password for tests"
CSRF = {"X-Frontdesk-CSRF": "1"}


def page(**headers: str) -> HTTPConnection:
    """Return a request with these headers."""
    raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return HTTPConnection({"type": "http", "headers": raw})


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "desk.example", "origin": "https://desk.example"},
        {"host": "desk.example", "origin": "http://desk.example"},
        {"host": "Desk.Example:8080", "origin": "http://desk.example:8080"},
        {"host": "desk.example", "sec_fetch_site": "same-origin"},
        {"host": "desk.example"},
    ],
    ids=["own", "behind TLS proxy", "port, capitals", "no origin", "no browser"],
)
def test_our_own_page_and_programs_pass(headers: dict[str, str]) -> None:
    assert is_own_page(page(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "desk.example", "origin": "https://evil.example"},
        {"host": "desk.example", "origin": "https://desk.example.evil.example"},
        {"host": "desk.example", "origin": "https://desk.example:8443"},
        {"host": "desk.example", "origin": "null"},
        {"host": "desk.example", "origin": ""},
        {"origin": ""},
        {"host": "desk.example", "sec_fetch_site": "cross-site"},
        {"host": "desk.example", "sec_fetch_site": "same-site"},
    ],
    ids=["other", "suffix", "port", "sandboxed", "empty", "no host", "cross-site", "same-site"],
)
def test_other_pages_are_refused(headers: dict[str, str]) -> None:
    assert not is_own_page(page(**headers))


def test_a_proxy_that_rewrites_the_host_needs_the_configured_origin() -> None:
    settings = ConsoleSettings.model_validate({"origins": ["https://Desk.Example"]})
    seen = page(host="10.0.0.7:5005", origin=DESK)

    assert not is_own_page(seen)
    assert is_own_page(seen, settings.origins)


@pytest.mark.parametrize("origin", ["desk.example", "https://desk.example/console", "*"])
def test_an_origin_is_a_scheme_and_a_host(origin: str) -> None:
    with pytest.raises(ValidationError):
        ConsoleSettings.model_validate({"origins": [origin]})


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """Return a browser on the console of a desk without a model; any page may call the API."""

    async def hire(desk: Desk) -> None:
        admin = Operator(id="ana", name="ana", role="admin")
        await desk.store.add_operator(admin, password_hash=hash_password(PASSWORD))

    desk = Desk(open_store(f"sqlite:///{tmp_path}/desk.db"), None)
    app = create_app(desk, prepare=hire, cors=["*"])
    with TestClient(app, base_url=DESK) as opened:
        yield opened


def log_in(client: TestClient, **headers: str) -> int:
    body = {"username": "ana", "password": PASSWORD}
    return client.post("/console/api/login", json=body, headers=CSRF | headers).status_code


def test_a_foreign_page_changes_nothing_even_with_the_header(client: TestClient) -> None:
    assert log_in(client, origin="https://evil.example") == 403
    assert log_in(client, origin=DESK) == 200
    paths = ("claim", "messages", "hand-back", "resolve")

    for path in (*(f"conversations/x/{path}" for path in paths), "operators", "logout"):
        foreign = CSRF | {"origin": "https://evil.example"}
        answer = client.post(f"/console/api/{path}", json={}, headers=foreign)

        assert (path, answer.status_code) == (path, 403)
        assert answer.json()["detail"] == {"code": "foreign_origin"}
    assert client.get("/console/api/me").json()["operator"]["name"] == "ana"


def test_our_page_without_the_header_is_refused(client: TestClient) -> None:
    answer = client.post("/console/api/logout", headers={"origin": DESK})

    assert answer.status_code == 403


def test_the_live_feed_opens_for_our_page_only(client: TestClient) -> None:
    assert log_in(client, origin=DESK) == 200

    with client.websocket_connect(FEED, headers={"origin": DESK}) as socket:
        assert socket.receive_json()["t"] == "hello"
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect(FEED, headers={"origin": "https://evil.example"}),
    ):
        pass
    assert refused.value.code == 4403


def test_the_live_feed_tells_a_page_whose_session_ended(client: TestClient) -> None:
    with (
        client.websocket_connect(FEED, headers={"origin": DESK}) as socket,
        pytest.raises(WebSocketDisconnect) as ended,
    ):
        socket.receive_json()

    assert ended.value.code == 4401
