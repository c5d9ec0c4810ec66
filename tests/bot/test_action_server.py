"""The action server's protocol, spoken with real servers: Rasa SDK as installed, and 3.6."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from bot.actions.action import Rejected, World
from bot.actions.remote import ActionServer
from bot.errors import ActionError, ActionServerUnreachable
from bot.events import BotSaid, Event, ReminderSet, SlotSet
from bot.project import Endpoint
from tests.bot.builders import Talk, does, domain, project, rule, said
from tests.bot.web_server import Asked, web_server
from tests.conftest import free_port

OLD_SDK = os.environ.get("FRONTDESK_SDK_36")
"""A Python that has rasa-sdk 3.6, whose own requirements are too old to be among ours."""
START_TIMEOUT_S = 60.0
ACTIONS = """
import datetime

from rasa_sdk import Action
from rasa_sdk.events import ReminderScheduled, SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection


class Tell(Action):
    def name(self):
        return "action_tell"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_hi", who="Ada", buttons=[{"title": "A", "payload": "/a"}])
        dispatcher.utter_message(text="Plain", image="i.png", json_message={"k": 1})
        return [SlotSet("intents", domain.get("intents")), SlotSet("said", tracker.latest_message["text"])]


class Reject(Action):
    def name(self):
        return "action_reject"

    def run(self, dispatcher, tracker, domain):
        raise ActionExecutionRejection(self.name(), "not now")


class Fail(Action):
    def name(self):
        return "action_fail"

    def run(self, dispatcher, tracker, domain):
        raise RuntimeError("broken")


class Remind(Action):
    def name(self):
        return "action_remind"

    def run(self, dispatcher, tracker, domain):
        soon = datetime.datetime.now() + datetime.timedelta(hours=1)
        zone = datetime.timezone(datetime.timedelta(hours=8))
        return [
            ReminderScheduled("wake", soon, name="naive", entities=[{"entity": "a", "value": 1}]),
            ReminderScheduled("wake", soon.astimezone(zone), kill_on_user_message=False),
        ]
"""  # noqa: E501

Start = Callable[..., ActionServer]


def _pythons() -> list[Any]:
    """Return the interpreters whose Rasa SDK is tested; one that is missing is a skipped test."""
    reason = "FRONTDESK_SDK_36 names no Python with rasa-sdk 3.6"
    old = pytest.param(OLD_SDK, id="3.6", marks=pytest.mark.skipif(not OLD_SDK, reason=reason))
    return [pytest.param(sys.executable, id="installed"), old]


@pytest.fixture(scope="module", params=_pythons())
def webhook(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The webhook of a real action server."""
    folder = tmp_path_factory.mktemp("sdk")
    (folder / "shop_actions.py").write_text(ACTIONS, encoding="utf-8")
    port = free_port()
    log = (folder / "actions.log").open("wb")
    process = subprocess.Popen(
        [request.param, "-m", "rasa_sdk", "--actions", "shop_actions", "-p", str(port)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "SANIC_HOST": "127.0.0.1"},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        _wait_ready(f"http://127.0.0.1:{port}/health", process, folder / "actions.log")
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail(f"the action server did not start:\n{log.read_text()}")


def run(url: str, name: str, *, says: str = "/ask", **settings: Any) -> list[Event]:
    """Return what the action `name` of the server at `url` leads to."""
    facts = domain(responses={"utter_hi": "Hi {who}."}, raw={"intents": ["ask"]})
    talk = Talk(project(facts, rule("ask", said("ask"), does("utter_hi"))))
    talk.say(says)

    async def call() -> list[Event]:
        server = ActionServer.at(Endpoint(url=url, settings=settings), attempts=1)
        world = World(domain=facts, channel="web", random=Random(1))
        try:
            return await server.run(name, talk.conversation, world)
        finally:
            await server.client.aclose()

    return asyncio.run(call())


def slots(events: list[Event]) -> dict[str, Any]:
    return {event.name: event.value for event in events if isinstance(event, SlotSet)}


def test_an_action_says_and_sets_what_it_wants(webhook: str) -> None:
    events = run(webhook, "action_tell", says="/ask \ud800 人")

    one, two = [event.reply for event in events if isinstance(event, BotSaid)]
    assert (one.text, one.buttons[0].payload) == ("Hi Ada.", "/a")
    assert (two.text, two.image, two.custom) == ("Plain", "i.png", {"k": 1})
    assert slots(events) == {"intents": ["ask"], "said": "/ask \ud800 人"}


def test_a_compressed_request_is_understood(webhook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPRESS_ACTION_SERVER_REQUEST", "true")

    assert slots(run(webhook, "action_tell"))["said"] == "/ask"


def test_an_action_can_refuse(webhook: str) -> None:
    with pytest.raises(Rejected, match="not now"):
        run(webhook, "action_reject")


@pytest.mark.parametrize(
    ("name", "problem"), [("action_fail", "answered 500"), ("action_lost", "knows no such action")]
)
def test_failures_say_which_action_and_why(webhook: str, name: str, problem: str) -> None:
    with pytest.raises(ActionError, match=f"{name}: the action server {problem}"):
        run(webhook, name)


def test_reminders_come_with_and_without_a_zone(webhook: str) -> None:
    naive, aware = run(webhook, "action_remind")

    assert isinstance(naive, ReminderSet) and isinstance(aware, ReminderSet)
    expected = datetime.now(UTC) + timedelta(hours=1)
    for reminder in (naive, aware):
        assert abs((reminder.due_at - expected).total_seconds()) < 30
    assert (naive.name, naive.kill_on_user_message) == ("naive", True)
    assert naive.entities == [{"entity": "a", "value": 1}]
    assert aware.name and not aware.kill_on_user_message


def test_a_selective_endpoint_spares_the_domain(webhook: str) -> None:
    # The installed SDK asks for the domain once (449) and keeps it; 3.6 runs without one.
    found = slots(run(webhook, "action_tell", enable_selective_domain=True))

    assert found["said"] == "/ask"
    assert found["intents"] in (["ask"], None)


def test_a_server_that_keeps_domains_is_sent_it_once() -> None:
    kept: list[str] = []

    def answer(asked: Asked) -> tuple[int, Any]:
        body = asked.json
        if "domain" in body:
            kept.append(body["domain_digest"])
        known = body["domain_digest"] in kept
        return (200, {"events": [], "responses": []}) if known else (449, {})

    with web_server(answer) as server:
        for _ in range(3):
            run(server.url, "action_tell", enable_selective_domain=True)

    assert ["domain" in asked.json for asked in server.asked] == [False, True, False, False]


def test_the_endpoint_s_credentials_and_parameters_are_sent() -> None:
    with web_server(lambda _: (200, {})) as server:
        run(
            f"{server.url}/webhook?old=1", "action_tell", token="tok", params={"a": 1},
            headers={"X-Key": "abc"}, basic_auth={"username": "u", "password": "p"},
        )  # fmt: skip

    (asked,) = server.asked
    assert asked.path == "/webhook?old=1&a=1&token=tok"
    assert asked.headers["x-key"] == "abc"
    assert asked.headers["authorization"] == "Basic dTpw"
    assert set(asked.json) == {"next_action", "sender_id", "tracker", "version", "domain"}
    assert asked.json["version"] == "3.6.21"
    assert set(asked.json["tracker"]) == {
        "sender_id", "slots", "latest_message", "latest_event_time", "followup_action", "paused",
        "events", "latest_input_channel", "active_loop", "latest_action", "latest_action_name",
    }  # fmt: skip


def test_an_answer_of_503_is_final_for_the_action_may_have_run() -> None:
    with web_server(lambda _: (503, {})) as server, pytest.raises(ActionError, match="503"):
        run(server.url, "action_tell")

    assert len(server.asked) == 1


def test_nobody_at_the_address_is_told_with_the_address() -> None:
    with pytest.raises(ActionServerUnreachable, match=r"http://127\.0\.0\.1:9 did not answer"):
        run("http://127.0.0.1:9", "action_tell")


def test_a_conversation_is_sent_whole() -> None:
    with web_server(lambda _: (200, {})) as server:
        run(server.url, "action_tell")

    events = server.asked[0].json["tracker"]["events"]
    assert [event["event"] for event in events][:3] == ["action", "session_started", "action"]
