"""The Socket.IO channel of a real server, with the real client library: Rasa's protocol."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import socketio
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as raw_connect

from tests.conftest import Server
from tests.connectors.channel_server import channel_server, tracker_events
from tests.connectors.socket_client import connected

RECORDED = json.loads((Path(__file__).parent / "socketio_recorded.json").read_text())
"""What Rasa 3.6.21 sent for `tests/projects/channels`, per message."""
KEY = "a key of thirty-two characters at least"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"session_persistence": True, "metadata_key": "customData"}
    folder = tmp_path_factory.mktemp("socketio") / "bot"
    with channel_server(folder, {"socketio": settings}) as started:
        yield started


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "jwt_key": KEY,
        "namespace": "/chat",
        "socketio_path": "/talk/",
        "user_message_evt": "user_uttered",
        "bot_message_evt": "bot_says",
        "custom_payloads": "safe",
        "cors_allowed_origins": "https://shop.example",
    }
    folder = tmp_path_factory.mktemp("guarded") / "bot"
    with channel_server(folder, {"socketio": settings}) as started:
        yield started


def new_id() -> str:
    return uuid.uuid4().hex


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_every_kind_of_message_is_what_rasa_sends(server: Server, transport: str) -> None:
    async with connected(server.url, transports=[transport]) as client:
        for said, expected in RECORDED.items():
            session_id = await client.session(new_id())
            metadata = '{"a": 1}' if said == "json metadata" else {"language": "en"}
            text = "hi" if said in ("json metadata", "session given") else said
            data = {"message": text, "session_id": session_id, "customData": metadata}
            wanted = [item for item in expected if item[0] == "bot_uttered"]
            if not wanted:
                continue

            await client.emit("user_uttered", data)

            assert [await client.next() for _ in wanted] == wanted, said


async def test_a_polling_client_moves_to_a_websocket(server: Server) -> None:
    async with connected(server.url, transports=["polling", "websocket"]) as client:
        session_id = await client.session(None)
        await client.say("hi", session_id=session_id)

        assert await client.texts(2) == ["Hello there.", "How are you?"]
        assert client.io.transport() == "websocket"


@pytest.mark.parametrize("wanted", [None, "", 7, {"a": 1}, "x" * 300, "\u0000"])
async def test_a_client_without_a_usable_session_gets_a_new_one(
    server: Server, wanted: Any
) -> None:
    async with connected(server.url) as client:
        first, second = await client.session(wanted), await client.session(wanted)

    assert len(first) == len(second) == 32
    assert first != second


@pytest.mark.parametrize("data", [None, [], "abc", 7])
async def test_a_session_request_without_an_object_gets_a_new_session(
    server: Server, data: Any
) -> None:
    async with connected(server.url) as client:
        await client.emit("session_request", data)

        assert (await client.next())[0] == "session_confirm"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"message": "hi"}, "no_session"),
        ({"message": "hi", "session_id": 7}, "no_session"),
        ({"message": "", "session_id": "s"}, "empty"),
        ({"session_id": "s"}, "empty"),
        ({"message": "x" * 4001, "session_id": "s"}, "too_long"),
        ({"message": ["hi"], "session_id": "s"}, "bad_payload"),
        (None, "bad_payload"),
        ([1], "bad_payload"),
        ("hi", "bad_payload"),
    ],
)
async def test_a_message_that_cannot_be_taken_is_refused_with_its_reason(
    server: Server, data: Any, code: str
) -> None:
    async with connected(server.url) as client:
        receipt = await client.io.call("user_uttered", data, timeout=10)

    assert receipt == {"status": "refused", "code": code}


async def test_messages_of_one_client_are_answered_in_their_order(server: Server) -> None:
    session_id = new_id()
    async with connected(server.url) as client:
        await client.session(session_id)
        for text in ("hi", "image", "custom", "hello", "buttons"):
            await client.emit("user_uttered", {"message": text, "session_id": session_id})
        for _ in range(9):
            await client.next()

    said = [event["text"] for event in tracker_events(server, session_id, "user")]
    assert said == ["hi", "image", "custom", "hello", "buttons"]


async def test_a_resent_message_is_answered_once(server: Server) -> None:
    session_id, message_id = new_id(), new_id()
    async with connected(server.url) as client:
        await client.session(session_id)

        receipts = [
            await client.say("hi", session_id=session_id, message_id=message_id) for _ in range(2)
        ]

        assert [receipt["duplicate"] for receipt in receipts] == [False, True]
        assert len(await client.rest()) == 2


async def test_a_flood_is_slowed_down(server: Server) -> None:
    async with connected(server.url) as client:
        session_id = await client.session(None)

        receipts = [await client.say("hi", session_id=session_id) for _ in range(12)]

    assert receipts[-1] == {"status": "refused", "code": "rate_limited"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"language": "en"}, {"language": "en"}),
        ('{"language": "en"}', {"language": "en"}),
        ("{", {}),
        ("[1]", {}),
        (None, {}),
        (7, {}),
    ],
)
async def test_metadata_is_kept_with_the_message(server: Server, sent: Any, kept: Any) -> None:
    async with connected(server.url) as client:
        session_id = await client.session(None)
        await client.say("hi", session_id=session_id, customData=sent)
        await client.texts(2)

    metadata = tracker_events(server, session_id, "user")[0]["metadata"]
    assert {key: metadata[key] for key in kept} == kept
    assert "language" in metadata or not kept


BAD_FRAMES = [
    "4",
    "4{",
    "42",
    "42[",
    '42["user_uttered"',
    '42["user_uttered"]',
    "42[]",
    "42{}",
    '42[{"a":1}]',
    '42["nonsense",{"a":1}]',
    '42["user_uttered",{"message":"hi"},2,3]',
    "45-",
    '459999-["user_uttered",{"_placeholder":true,"num":0}]',
    "44",
    "49",
    "9",
    "",
    "\u0000",
    "4" + "[" * 3000,
    '42["user_uttered",' + "[" * 3000,
    "43[1]",
    "4299999999999999999999[1]",
    '42/other,["user_uttered",{}]',
]


@pytest.mark.parametrize("frame", BAD_FRAMES, ids=lambda frame: repr(frame[:24]))
async def test_a_malformed_frame_harms_nobody(server: Server, frame: str) -> None:
    address = server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    with raw_connect(address) as socket:
        assert str(socket.recv(timeout=10)).startswith("0")
        socket.send("40")
        assert str(socket.recv(timeout=10)).startswith("40")

        socket.send(frame)

        async with connected(server.url) as client:
            session_id = await client.session(None)
            await client.say("hi", session_id=session_id)
            assert await client.texts(2) == ["Hello there.", "How are you?"]
    assert server.process is not None
    assert server.process.poll() is None


def read_to_the_end(socket: ClientConnection) -> None:
    while True:
        socket.recv(timeout=10)


def test_a_frame_that_is_too_large_ends_only_its_connection(server: Server) -> None:
    address = server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    with raw_connect(address) as socket:
        socket.send("40")
        socket.send('42["user_uttered",{"message":"' + "x" * 70_000 + '"}]')

        with pytest.raises(ConnectionClosedError) as closed:
            read_to_the_end(socket)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    assert httpx.get(f"{server.url}/health").status_code == 200


def test_a_posted_frame_that_is_too_large_is_refused(server: Server) -> None:
    address = f"{server.url}/socket.io/?EIO=4&transport=polling"
    sid = json.loads(httpx.get(address).text[1:])["sid"]

    answer = httpx.post(f"{address}&sid={sid}", content="4" + "x" * 300_000)

    assert answer.status_code == 413


def test_a_client_of_an_older_protocol_is_told_so(server: Server) -> None:
    answer = httpx.get(f"{server.url}/socket.io/?EIO=3&transport=polling")

    assert answer.status_code == 400
    assert "unsupported version" in answer.text


@pytest.mark.parametrize("channel", ["socketio", "rest"])
def test_the_channel_has_rasas_health_route(server: Server, channel: str) -> None:
    assert httpx.get(f"{server.url}/webhooks/{channel}/").json() == {"status": "ok"}


def test_a_page_of_a_foreign_origin_may_not_connect_by_default(server: Server) -> None:
    address = f"{server.url}/socket.io/?EIO=4&transport=polling"

    answer = httpx.get(address, headers={"Origin": "https://evil.example"})
    own = httpx.get(address, headers={"Origin": server.url})

    assert answer.status_code == 400
    assert own.status_code == 200


def test_a_page_of_a_named_origin_may_connect(guarded: Server) -> None:
    address = f"{guarded.url}/talk/?EIO=4&transport=polling"

    answer = httpx.get(address, headers={"Origin": "https://shop.example"})

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def bearer(key: str = KEY) -> str:
    return "Bearer " + jwt.encode({"user": "ana"}, key, algorithm="HS256")


@pytest.mark.parametrize("token", [bearer(), bearer().removeprefix("Bearer ")])
async def test_a_client_with_a_token_talks_in_its_namespace(guarded: Server, token: str) -> None:
    options = {"path": "talk", "namespace": "/chat", "auth": {"token": token}}
    async with connected(guarded.url, **options) as client:
        receipt = await client.say("hi")
        await client.say("custom")

        assert receipt == {"status": "accepted", "duplicate": False}
        assert await client.next() == ["bot_says", {"text": "Hello there."}]
        assert await client.next() == ["bot_says", {"text": "How are you?"}]
        card = {"data": {"type": "card", "title": "A card"}}
        assert await client.next() == ["bot_says", {"custom": card}]
        sender_id = client.io.get_sid("/chat")
    assert [e["text"] for e in tracker_events(guarded, sender_id, "user")] == ["hi", "custom"]


@pytest.mark.parametrize(
    "auth",
    [
        None,
        {},
        {"token": None},
        {"token": "Bearer x.y.z"},
        {"token": bearer().lower()},
        {"token": bearer("another key of thirty-two characters")},
        {"token": jwt.encode({}, "", algorithm="none")},
        [1],
    ],
)
async def test_a_client_without_a_valid_token_is_refused(guarded: Server, auth: Any) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        async with connected(guarded.url, path="talk", namespace="/chat", auth=auth):
            pass
