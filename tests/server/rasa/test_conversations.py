"""Other systems read conversations and change them, in turn with the messages."""

from __future__ import annotations

import concurrent.futures
import uuid
from typing import Any

import httpx
import pytest


def new_id() -> str:
    return f"c-{uuid.uuid4().hex[:10]}"


def call(url: str, method: str, path: str, **more: Any) -> httpx.Response:
    return httpx.request(method, f"{url}{path}", timeout=60, **more)


def say(url: str, sender: str, text: str) -> list[dict[str, Any]]:
    return call(
        url, "POST", "/webhooks/rest/webhook", json={"sender": sender, "message": text}
    ).json()


def tracker(url: str, sender: str, **query: Any) -> dict[str, Any]:
    return call(url, "GET", f"/conversations/{sender}/tracker", params=query).json()


def test_a_slot_that_is_set_from_outside_is_known_to_the_next_turn(url: str) -> None:
    sender = new_id()
    event = {"event": "slot", "name": "item", "value": "chair"}

    answer = call(url, "POST", f"/conversations/{sender}/tracker/events", json=event)

    assert answer.json()["slots"]["item"] == "chair"
    assert say(url, sender, "/item")[0]["text"] == "It is chair."


def test_events_and_messages_at_the_same_time_all_count(url: str) -> None:
    sender = new_id()
    say(url, sender, "/hello")

    def work(number: int) -> int:
        if number % 2:
            return len(say(url, sender, "/hello"))
        event = {"event": "slot", "name": "item", "value": str(number)}
        path = f"/conversations/{sender}/tracker/events"
        return call(url, "POST", path, json=event).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(16)))

    assert sorted(results) == [1] * 8 + [200] * 8
    events = tracker(url, sender, include_events="ALL")["events"]
    kinds = [event["event"] for event in events]
    assert kinds.count("user") == 9
    assert kinds.count("slot") == 8
    first = [event["event"] for event in events if event["event"] in ("user", "bot")]
    assert first == ["user", "bot"] * 9


def test_put_replaces_the_history(url: str) -> None:
    sender = new_id()
    say(url, sender, "/hello")
    listened = {"event": "action", "name": "action_listen"}
    events = [listened, {"event": "slot", "name": "item", "value": "sofa"}]

    answer = call(url, "PUT", f"/conversations/{sender}/tracker/events", json=events)

    assert [event["event"] for event in answer.json()["events"]] == ["action", "slot"]
    shown = tracker(url, sender, include_events="ALL")
    assert [event["event"] for event in shown["events"]] == ["action", "slot"]
    assert say(url, sender, "/item")[0]["text"] == "It is sofa."


def test_a_triggered_intent_is_answered_in_the_response(url: str) -> None:
    sender = new_id()
    body = {"name": "news", "entities": {"item": "lamp"}}

    answer = call(url, "POST", f"/conversations/{sender}/trigger_intent", json=body).json()

    assert answer["messages"] == [{"recipient_id": sender, "text": "News about lamp."}]
    assert answer["tracker"]["latest_message"]["text"] == "EXTERNAL: news"


def test_an_executed_action_says_its_text_and_is_recorded(url: str) -> None:
    sender = new_id()
    say(url, sender, "/hello")
    body = {"name": "utter_news", "policy": "mine", "confidence": 0.5}

    answer = call(url, "POST", f"/conversations/{sender}/execute", json=body).json()

    assert [item["text"] for item in answer["messages"]] == ["News about None."]
    ran = [event for event in tracker(url, sender)["events"] if event["event"] == "action"]
    assert (ran[-1]["name"], ran[-1]["policy"], ran[-1]["confidence"]) == (
        "utter_news",
        "mine",
        0.5,
    )


@pytest.mark.parametrize("odd", [{"confidence": "high"}, {"policy": 5}])
def test_an_action_with_odd_facts_is_refused(url: str, odd: dict[str, Any]) -> None:
    sender = new_id()
    say(url, sender, "/hello")
    body = {"name": "utter_news", **odd}

    answer = call(url, "POST", f"/conversations/{sender}/execute", json=body)

    assert (answer.status_code, answer.json()["reason"]) == (400, "BadRequest")
    assert [item["text"] for item in say(url, sender, "/hello")] == ["Hello."]


def test_an_action_that_begins_a_session_is_answered_with_that_session(url: str) -> None:
    sender = new_id()
    say(url, sender, "/hello")
    path = f"/conversations/{sender}/execute"
    call(url, "POST", path, json={"name": "action_restart"})

    answer = call(url, "POST", path, json={"name": "utter_news"}).json()

    shown = answer["tracker"]
    assert [event["event"] for event in shown["events"]] == ["action", "session_started", "action"]
    assert (shown["latest_action_name"], shown["followup_action"]) == ("action_listen", None)


def test_a_message_is_recorded_without_an_answer_and_then_predicted(url: str) -> None:
    sender = new_id()
    body = {"sender": "user", "text": "hello"}

    state = call(url, "POST", f"/conversations/{sender}/messages", json=body).json()
    predicted = call(url, "POST", f"/conversations/{sender}/predict").json()

    assert [event["event"] for event in state["events"]][-1] == "user"
    assert predicted["scores"][0] == {"action": "utter_hello", "score": 1.0}
    assert predicted["policy"] == "RulePolicy"


def test_until_shows_an_earlier_state(url: str) -> None:
    sender = new_id()
    say(url, sender, "/hello")
    moment = tracker(url, sender)["latest_event_time"]
    call(
        url, "POST", f"/conversations/{sender}/tracker/events",
        json={"event": "slot", "name": "item", "value": "late"},
    )  # fmt: skip

    assert tracker(url, sender)["slots"]["item"] == "late"
    assert tracker(url, sender, until=moment)["slots"]["item"] is None


def test_a_story_tells_what_was_said_and_done(url: str) -> None:
    sender = new_id()
    say(url, sender, "/hello")
    body = {"name": "action_unlikely_intent"}
    call(url, "POST", f"/conversations/{sender}/execute", json=body)

    story = call(url, "GET", f"/conversations/{sender}/story").text

    assert story == (
        f'version: "3.1"\nstories:\n- story: {sender}\n  steps:\n'
        "  - intent: hello\n    user: |-\n      /hello\n  - action: utter_hello\n"
    )


def test_ids_may_hold_slashes(url: str) -> None:
    sender = f"shop/{new_id()}/7"
    say(url, sender, "/hello")

    assert tracker(url, sender)["latest_message"]["text"] == "/hello"
    assert tracker(url, sender)["sender_id"] == sender


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("POST", "/conversations/{id}/tracker/events", {"event": "nonsense"}, 400, "BadRequest"),
        ("POST", "/conversations/{id}/tracker/events", {"event": "slot"}, 400, "BadRequest"),
        ("POST", "/conversations/{id}/tracker/events", 7, 400, "BadRequest"),
        (
            "POST",
            "/conversations/{id}/tracker/events",
            {"event": "slot", "name": "item"},
            400,
            "BadRequest",
        ),
        (
            "POST",
            "/conversations/{id}/tracker/events",
            {"event": "user", "text": "hi"},
            500,
            "ConversationError",
        ),
        (
            "PUT",
            "/conversations/{id}/tracker/events",
            {"event": "slot", "name": "item", "value": 1},
            500,
            "ConversationError",
        ),
        ("POST", "/model/predict", {"event": "pause"}, 400, "BadRequest"),
        ("POST", "/conversations/{id}/tracker/events", [], 500, "ConversationError"),
        ("POST", "/conversations/{id}/trigger_intent", {"name": "nobody"}, 404, "NotFound"),
        ("POST", "/conversations/{id}/trigger_intent", {}, 400, "BadRequest"),
        ("POST", "/conversations/{id}/messages", {"sender": "bot"}, 400, "BadRequest"),
        ("POST", "/conversations/{id}/messages", {"sender": "user"}, 500, "ConversationError"),
        ("POST", "/conversations/{id}/execute", {"name": "utter_hello"}, 404, "Not found"),
        ("POST", "/conversations/{id}/predict", None, 404, "Not found"),
        ("GET", "/conversations/{id}/story", None, 404, "Not found"),
        ("GET", "/conversations/{id}/tracker?include_events=SOME", None, 400, "BadRequest"),
    ],
)
def test_a_mistake_is_refused_in_rasas_form(
    url: str, method: str, path: str, body: Any, status: int, reason: str
) -> None:
    answer = call(url, method, path.replace("{id}", new_id()), json=body)

    told = answer.json()
    assert (answer.status_code, told["code"], told["reason"]) == (status, status, reason)
    assert set(told) == {"version", "status", "message", "reason", "details", "help", "code"}
    assert told["message"]


def test_looking_at_an_unknown_conversation_does_not_begin_it(url: str) -> None:
    sender = new_id()
    kinds = ["action", "session_started", "action"]
    assert [event["event"] for event in tracker(url, sender)["events"]] == kinds

    assert call(url, "POST", f"/conversations/{sender}/predict").status_code == 404
