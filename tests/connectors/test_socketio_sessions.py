"""Sessions of the Socket.IO channel: what was said while nobody listened is told once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Server
from tests.connectors.channel_server import channel_server, console, tracker_events
from tests.connectors.socket_client import connected

GREETING = ["Hello there.", "How are you?"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("sessions") / "bot"
    with channel_server(folder, {"socketio": {"session_persistence": True}}) as started:
        yield started


def new_id() -> str:
    return uuid.uuid4().hex


async def say_unheard(server: Server, session_id: str, text: str = "hi") -> None:
    """Say something in a session that nobody listens to, and wait for the answer."""
    before = len(tracker_events(server, session_id, "bot"))
    async with connected(server.url) as client:
        receipt = await client.say(text, session_id=session_id)
        assert receipt["status"] == "accepted"
    while len(tracker_events(server, session_id, "bot")) == before:
        await asyncio.sleep(0.02)


async def test_an_answer_that_nobody_heard_is_told_at_the_next_session_request(
    server: Server,
) -> None:
    session_id = new_id()
    await say_unheard(server, session_id)

    async with connected(server.url) as client:
        await client.session(session_id)
        assert await client.texts(2) == GREETING
    async with connected(server.url) as client:
        await client.session(session_id)

        assert await client.rest() == []


async def test_what_was_heard_is_not_told_again_after_a_reload(server: Server) -> None:
    session_id = new_id()
    async with connected(server.url) as client:
        await client.session(session_id)
        await client.say("hi", session_id=session_id)
        assert await client.texts(2) == GREETING

    async with connected(server.url) as client:
        await client.session(session_id)

        assert await client.rest() == []


async def test_both_tabs_hear_everything_and_the_second_no_history(server: Server) -> None:
    session_id = new_id()
    async with connected(server.url) as first:
        await first.session(session_id)
        await first.say("hi", session_id=session_id)
        await first.texts(2)
        async with connected(server.url) as second:
            await second.session(session_id)
            assert await second.rest() == []

            await second.say("hello", session_id=session_id)

            assert await first.texts(2) == await second.texts(2) == GREETING
        await first.say("hi", session_id=session_id)

        assert await first.texts(2) == GREETING


async def test_operators_are_heard_live_and_after_an_absence(server: Server) -> None:
    session_id = new_id()
    ana = console(server)
    path = f"/console/api/conversations/{session_id}"

    async def operator_says(text: str) -> None:
        sent = await asyncio.to_thread(
            ana.post, f"{path}/messages", json={"cid": new_id(), "text": text}
        )
        assert sent.status_code == 200, sent.text

    async with connected(server.url) as client:
        await client.session(session_id)
        await client.say("hi", session_id=session_id)
        await client.texts(2)
        assert (await asyncio.to_thread(ana.post, f"{path}/claim")).status_code == 200
        await operator_says("This is Ana.")
        assert await client.next() == ["bot_uttered", {"text": "This is Ana."}]

    await operator_says("Are you there?\n\nI wait.")
    async with connected(server.url) as client:
        await client.session(session_id)

        assert await client.texts(2) == ["Are you there?", "I wait."]


async def test_a_session_outlives_a_killed_server(server: Server) -> None:
    heard, unheard = new_id(), new_id()
    async with connected(server.url) as client:
        await client.session(heard)
        await client.say("hi", session_id=heard)
        await client.texts(2)
        assert await client.rest() == []
    await say_unheard(server, unheard)

    server.kill()
    server.start()

    async with connected(server.url) as client:
        await client.session(heard)
        assert await client.rest() == []
        await client.session(unheard)
        assert await client.texts(2) == GREETING


async def test_answers_that_left_by_another_channel_are_not_told(server: Server) -> None:
    session_id = new_id()
    async with connected(server.url) as client:
        await client.session(session_id)
        await client.say("hi", session_id=session_id)
        await client.texts(2)
        body = {"sender": session_id, "message": "hi"}
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{server.url}/webhooks/rest/webhook", json=body)
        assert len(answer.json()) == 2

        assert await client.rest() == []
        await client.say("image", session_id=session_id)
        assert (await client.next())[1] == {"text": "Here is one:"}


async def test_a_conversation_from_elsewhere_is_not_told_to_a_new_session(server: Server) -> None:
    session_id = new_id()
    body = {"sender": session_id, "message": "hi"}
    async with httpx.AsyncClient() as http:
        await http.post(f"{server.url}/webhooks/rest/webhook", json=body)

    async with connected(server.url) as client:
        await client.session(session_id)

        assert await client.rest() == []


async def test_a_quick_return_finds_its_session(server: Server) -> None:
    session_id = new_id()
    for _ in range(5):
        async with connected(server.url) as client:
            await client.session(session_id)
            await client.say("hi", session_id=session_id)
            assert await client.texts(2) == GREETING
