"""The widget's WebSocket on a real server: acknowledge, deduplicate, resume, refuse."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.conftest import running


@pytest.fixture(scope="module")
def address(trained_bot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("socket") / "bot"
    shutil.copytree(trained_bot, folder, ignore=shutil.ignore_patterns("frontdesk.db*", "*.lock"))
    with running(folder) as server:
        yield server.url.replace("http", "ws") + "/webchat/ws"


def receive(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next frame of `kind`; others are passed over."""
    while True:
        frame = json.loads(socket.recv(timeout=20))
        if frame["t"] == kind:
            return frame


def hello(socket: ClientConnection, **more: Any) -> dict[str, Any]:
    socket.send(json.dumps({"t": "hello", "v": 1, "token": None, "resume": None} | more))
    return receive(socket, "welcome")


def say(socket: ClientConnection, text: str, cid: str) -> None:
    socket.send(json.dumps({"t": "msg", "cid": cid, "text": text, "payload": None}))


def test_a_message_is_acknowledged_echoed_and_answered_in_sequence(address: str) -> None:
    with connect(address) as socket:
        hello(socket)
        cid = uuid.uuid4().hex

        say(socket, "hello", cid)

        assert receive(socket, "ack") == {"t": "ack", "cid": cid, "seq": None, "dup": False}
        echo, answer = receive(socket, "msg"), receive(socket, "msg")
        assert (echo["seq"], echo["cid"], echo["from"]["kind"]) == (1, cid, "customer")
        assert (answer["seq"], answer["from"]["kind"]) == (2, "bot")


def test_a_resent_message_is_absorbed(address: str) -> None:
    frames: list[dict[str, Any]] = []

    def read() -> dict[str, Any]:
        frames.append(json.loads(socket.recv(timeout=20)))
        return frames[-1]

    def texts() -> list[str]:
        return [frame["parts"][0]["md"] for frame in frames if frame["t"] == "msg"]

    with connect(address) as socket:
        hello(socket)
        cid = uuid.uuid4().hex
        for _ in range(2):
            say(socket, "hello", cid)
            # The bot may have answered before the second one is acknowledged.
            while read()["t"] != "ack":
                pass
        assert frames[-1]["dup"] is True

        say(socket, "bye", uuid.uuid4().hex)
        while texts()[-2:-1] != ["bye"]:
            read()

        assert texts().count("hello") == 1
        assert len(texts()) == 4


def test_a_client_resumes_after_what_it_has(address: str) -> None:
    with connect(address) as socket:
        welcome = hello(socket)
        say(socket, "hello", uuid.uuid4().hex)
        receive(socket, "msg")
        seen = receive(socket, "msg")["seq"]
    with connect(address) as socket:
        resume = {"conv": welcome["conv"], "last_seq": seen - 1}

        again = hello(socket, token=welcome["token"], resume=resume)

        assert again["conv"] == welcome["conv"]
        assert [event["seq"] for event in again["events"]] == [seen]


def test_a_foreign_token_opens_no_other_conversation(address: str) -> None:
    with connect(address) as socket:
        first = hello(socket)
    with connect(address) as socket:
        resume = {"conv": first["conv"], "last_seq": 0}

        stranger = hello(socket, token=first["token"][:-4] + "AAAA", resume=resume)

        assert stranger["conv"] != first["conv"]
        assert stranger["events"] == []


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty"), ("\u0000", "empty"), ("x" * 5000, "too_long")]
)
def test_text_that_cannot_be_taken_gets_its_code(address: str, text: str, code: str) -> None:
    with connect(address) as socket:
        hello(socket)

        say(socket, text, uuid.uuid4().hex)

        assert receive(socket, "err")["code"] == code


@pytest.mark.parametrize("frame", ["{", "[]", '{"t": "msg"}', '{"t": "nothing"}', "null"])
def test_a_bad_first_frame_closes_the_socket(address: str, frame: str) -> None:
    with connect(address) as socket:
        socket.send(frame)

        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=20)

        assert socket.close_code == 4400


def test_a_bad_later_frame_is_answered(address: str) -> None:
    with connect(address) as socket:
        hello(socket)

        socket.send('{"t": "nothing"}')

        assert receive(socket, "err")["code"] == "bad_frame"


def test_a_flood_is_slowed_down(address: str) -> None:
    with connect(address) as socket:
        hello(socket)

        for _ in range(12):
            say(socket, "hello", uuid.uuid4().hex)

        assert receive(socket, "err")["code"] == "rate_limited"
