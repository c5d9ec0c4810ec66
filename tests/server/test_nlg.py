"""`/v1/nlg`, answers streamed to the web chat, and what operators read: on a real server."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.bot.nlg.chat_server import ChatServer, chat_server
from tests.conftest import PASSWORD, running

FIRST = "Standard delivery takes 3 to 5 working days within Europe [1]. "
SECOND = "It takes 6 to 10 working days to mainland China [1]. "
FALSE = "You get 50% off today."
CSRF = {"X-Frontdesk-CSRF": "1"}


def write(body: dict[str, Any]) -> list[str]:
    """Answer about delivery; word a message anew; summarise."""
    system = body["messages"][0]["content"]
    if "message to a customer anew" in system:
        return ["Delivery within Europe is €4.90."]
    if "summarise" in system:
        return ["The customer's parcel FD204815 is late. ", "They were promised $9."]
    return [FIRST, SECOND, FALSE]


@pytest.fixture(scope="module")
def model() -> Iterator[ChatServer]:
    with chat_server(write) as server:
        yield server


@pytest.fixture(scope="module")
def url(
    trained_bot: Path, model: ChatServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("nlg") / "bot"
    shutil.copytree(trained_bot, folder, ignore=shutil.ignore_patterns("frontdesk.db*", "*.lock"))
    settings = {
        "responders": ["generate", "verbatim"], "budget_s": 60, "summaries": "model",
        "model": {"url": model.url, "name": "test"},
    }  # fmt: skip
    config = folder / "config.yml"
    shipped = "nlg:\n  responders: [templates, verbatim, extractive]\n"
    assert shipped in config.read_text()
    config.write_text(config.read_text().replace(shipped, f"nlg: {json.dumps(settings)}\n"))
    with running(folder) as server:
        yield server.url


def post(url: str, route: str, **body: Any) -> Any:
    answer = httpx.post(f"{url}/v1/nlg/{route}", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_reply_has_its_sources(url: str) -> None:
    found = post(url, "reply", text="How long does delivery take?")

    (part,) = found["replies"]
    assert part["text"] == f"{FIRST}{SECOND}".strip()
    assert part["responder"] == "generate"
    assert part["sources"][0]["url"].startswith("https://shop.example/")
    assert found["language"] == "en"


def test_a_reply_knows_what_was_said_before(url: str) -> None:
    history = [
        {"speaker": "customer", "text": "How long does delivery take?"},
        {"speaker": "bot", "text": FIRST},
    ]

    found = post(url, "reply", text="and for China?", history=history)

    assert found["asked"] == "How long does delivery take for China?"


def test_a_summary_is_checked(url: str) -> None:
    messages = [
        {"speaker": "customer", "text": "My parcel FD204815 is late, where is it?"},
        {"speaker": "agent", "text": "I ask the carrier."},
    ]

    found = post(url, "summarize", messages=messages)

    assert found["title"] == "My parcel FD204815 is late, where is it?"
    assert found["text"] == "The customer's parcel FD204815 is late."


def test_another_wording(url: str) -> None:
    text = "Within Europe, delivery costs €4.90."

    assert post(url, "rephrase", text=text) == {
        "text": "Delivery within Europe is €4.90.", "is_changed": True,
    }  # fmt: skip
    other = "Within Europe, delivery costs €5.90."
    assert post(url, "rephrase", text=other) == {"text": other, "is_changed": False}


def test_usage_is_counted(url: str) -> None:
    post(url, "reply", text="How long does delivery take?")
    found = httpx.get(f"{url}/v1/nlg/usage").json()

    assert found["requests"] >= 1
    assert found["prompt_tokens"] >= 120


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("reply", {}),
        ("reply", {"text": ""}),
        ("reply", {"text": "x" * 4001}),
        ("reply", {"text": "x", "extra": 1}),
        ("summarize", {"messages": []}),
        ("summarize", {"messages": [{"speaker": "king", "text": "x"}]}),
        ("rephrase", {"text": "x", "tone": "rude"}),
    ],
)
def test_a_wrong_body_is_refused(url: str, route: str, body: dict[str, Any]) -> None:
    assert httpx.post(f"{url}/v1/nlg/{route}", json=body).status_code == 422


def test_the_routes_are_described(url: str) -> None:
    paths = httpx.get(f"{url}/openapi.json").json()["paths"]

    routes = {"reply", "summarize", "rephrase", "usage"}
    assert {f"/v1/nlg/{route}" for route in routes} <= set(paths)


class Chat:
    """A web chat that keeps the frames it got."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        socket.send(json.dumps({"t": "hello", "v": 1, "token": None, "resume": None}))
        self.conversation = self.until("welcome")["conv"]

    def say(self, text: str) -> None:
        frame = {"t": "msg", "cid": uuid.uuid4().hex, "text": text, "payload": None}
        self.socket.send(json.dumps(frame))

    def until(self, kind: str, speaker: str | None = None) -> dict[str, Any]:
        """Return the next frame of `kind`."""
        while True:
            frame = json.loads(self.socket.recv(timeout=30))
            self.frames.append(frame)
            if frame["t"] == kind and (speaker is None or frame["from"]["kind"] == speaker):
                return frame

    def drafts(self) -> list[str]:
        return [frame["text"] for frame in self.frames if frame["t"] == "draft"]


@pytest.fixture
def chat(url: str, model: ChatServer) -> Iterator[Chat]:
    model.free.clear()
    with connect(url.replace("http", "ws") + "/webchat/ws") as socket:
        yield Chat(socket)
    model.free.set()


@pytest.fixture(scope="module")
def console(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers=CSRF, timeout=30) as client:
        who = {"username": "admin", "password": PASSWORD}
        client.post("/console/api/login", json=who).raise_for_status()
        yield client


def test_checked_sentences_are_streamed_and_the_message_is_the_whole(
    chat: Chat, model: ChatServer
) -> None:
    chat.say("How long does delivery take?")
    model.let(2)
    assert chat.until("draft")["text"] == FIRST.strip()

    model.free.set()
    said = chat.until("msg", "bot")

    assert said["parts"][0]["md"] == f"{FIRST}{SECOND}".strip()
    assert all(FALSE not in draft for draft in chat.drafts())


def test_nothing_is_shown_after_a_takeover(
    chat: Chat, model: ChatServer, console: httpx.Client
) -> None:
    chat.say("How long does delivery take?")
    model.let(2)
    chat.until("draft")

    taken = console.post(f"/console/api/conversations/{chat.conversation}/claim", json={})
    assert taken.status_code == 200
    chat.until("state")
    seen = len(chat.drafts())
    assert model.broken.wait(20), "the model is no longer asked"
    model.free.set()
    body = {"cid": uuid.uuid4().hex, "text": "I am here."}
    console.post(f"/console/api/conversations/{chat.conversation}/messages", json=body)
    chat.until("msg", "agent")

    assert len(chat.drafts()) == seen
    assert all(
        frame.get("from", {}).get("kind") != "bot" for frame in chat.frames if frame["t"] == "msg"
    )
    told = console.get(f"/console/api/conversations/{chat.conversation}").json()
    kinds = [event["kind"] for event in told["events"]]
    assert "draft_discarded" in kinds


def test_the_queue_says_what_it_is_about(
    chat: Chat, model: ChatServer, console: httpx.Client
) -> None:
    model.free.set()
    for text in ("My parcel FD204815 is late and nobody answers!", "I want to talk to a person"):
        chat.say(text)
        chat.until("msg", "bot")
    chat.until("state")

    queue = console.get("/console/api/conversations", params={"view": "queue"}).json()["items"]
    mine = next(item for item in queue if item["id"] == chat.conversation)
    told = console.get(f"/console/api/conversations/{chat.conversation}").json()["in_short"]

    assert mine["title"] == "My parcel FD204815 is late and nobody answers"
    assert told["wants"] == ["My parcel FD204815 is late and nobody answers!"]
    assert told["text"] == "The customer's parcel FD204815 is late."
