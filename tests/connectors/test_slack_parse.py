"""Slack's events, interactions and commands as our events."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.push import Address, Ignored, Incoming, RawRequest, Received
from connectors.slack.parse import FORM, Granularity, Hearing, parse_request
from connectors.slack.text import calm, plain_text

EVENT = {"type": "message", "channel": "D1", "user": "U1", "text": "hi", "ts": "10.1"}
BOT = {"authorizations": [{"user_id": "UBOT", "is_bot": True}]}


def hearing(granularity: Granularity = "sender", *, use_threads: bool = False) -> Hearing:
    return Hearing(slack_channel="C1", use_threads=use_threads, granularity=granularity)


def parse(fields: dict[str, Any], to: Hearing = hearing(), *, form: bool = False) -> Incoming:
    body = urlencode(fields) if form else json.dumps(fields)
    kind = FORM if form else "application/json"
    request = RawRequest(
        method="POST", headers={"content-type": kind}, body=body.encode(), received_at=0
    )
    (item,) = parse_request(request, to)
    return item


def event(to: Hearing = hearing(), **changes: Any) -> Incoming:
    envelope = {"type": "event_callback", "team_id": "T1", "event_id": "Ev1"} | BOT
    return parse(envelope | {"event": EVENT | changes}, to)


def received(item: Incoming) -> Received:
    assert isinstance(item, Received), item
    return item


def test_a_direct_message_is_heard() -> None:
    item = received(event())

    assert (item.text, item.conversation_id, item.dedupe_key) == ("hi", "U1", "T1:D1:10.1")
    assert item.address == Address(chat="D1", account="T1")
    assert item.metadata == {"out_channel": "D1", "thread_id": "10.1", "users": ["U1"]}


@pytest.mark.parametrize(
    ("granularity", "thread_ts", "conversation_id"),
    [
        ("sender", None, "U1"),
        ("channel", None, "U1_C1"),
        ("thread", None, "U1_C1_10.1"),
        ("thread", "9.9", "U1_C1_9.9"),
    ],
)
def test_the_conversation_is_as_granular_as_it_is_set(
    granularity: Granularity, thread_ts: str | None, conversation_id: str
) -> None:
    item = received(event(hearing(granularity), channel="C1", thread_ts=thread_ts))

    assert item.conversation_id == conversation_id


def test_answers_go_into_the_thread_where_that_is_set() -> None:
    assert received(event(hearing(use_threads=True), thread_ts="9.9")).address.thread == "9.9"
    assert received(event(hearing(use_threads=True))).address.thread == "10.1"
    assert received(event(thread_ts="9.9")).address.thread is None


def test_a_mention_and_its_message_are_the_same_event() -> None:
    mention = received(event(channel="C1", type="app_mention", text="<@UBOT> hi"))
    message = received(event(channel="C1", text="<@UBOT> hi"))

    assert mention.dedupe_key == message.dedupe_key
    assert mention.text == message.text == "hi"


def test_only_the_bots_channel_is_heard_without_a_mention() -> None:
    assert isinstance(event(channel="C1"), Received)
    assert isinstance(event(channel="C2"), Ignored)
    assert isinstance(event(channel="C2", type="app_mention"), Received)


@pytest.mark.parametrize(
    "changes",
    [
        {"bot_id": "B1"},
        {"user": "UBOT"},
        {"subtype": "bot_message", "bot_id": "B1"},
        {"subtype": "message_changed", "message": EVENT},
        {"subtype": "message_deleted", "deleted_ts": "1.1"},
        {"subtype": "channel_join"},
        {"type": "reaction_added"},
        {"text": "<@UBOT>"},
        {"user": None},
    ],
)
def test_what_no_person_says_to_the_bot_is_ignored(changes: dict[str, Any]) -> None:
    item = event(**changes)

    assert isinstance(item, Ignored) and item.reason


def test_a_shared_file_is_named() -> None:
    item = received(event(text="", subtype="file_share", files=[{"id": "F1", "name": "a.png"}]))

    assert item.text == "[file] a.png"
    assert item.metadata["attachments"] == [{"id": "F1", "name": "a.png"}]


@pytest.mark.parametrize(
    ("action", "value"),
    [
        (
            {"type": "button", "value": "/yes", "text": {"type": "plain_text", "text": "Yes"}},
            "/yes",
        ),
        ({"type": "static_select", "selected_option": {"value": "/b"}}, "/b"),
        ({"type": "overflow", "selected_option": {"value": "/c"}}, "/c"),
        ({"type": "datepicker", "selected_date": "2026-11-24"}, "2026-11-24"),
        ({"type": "users_select", "selected_user": "U9"}, "U9"),
        ({"type": "channels_select", "selected_channel": "C9"}, "C9"),
        ({"type": "select", "selected_options": [{"value": "/d"}]}, "/d"),
    ],
)
def test_what_is_pressed_or_chosen_is_its_value(action: dict[str, Any], value: str) -> None:
    payload = {
        "type": "block_actions", "user": {"id": "U1"}, "channel": {"id": "C1"},
        "container": {"message_ts": "10.1"}, "actions": [action | {"action_ts": "11.1"}],
    }  # fmt: skip

    item = received(parse({"payload": json.dumps(payload)}, form=True))

    assert (item.text, item.conversation_id) == (value, "U1")
    assert item.title == ("Yes" if action["type"] == "button" else None)


@pytest.mark.parametrize(("text", "meant"), [("where is it?", "where is it?"), ("", "/desk")])
def test_a_slash_command_is_its_text_or_an_intent(text: str, meant: str) -> None:
    fields = {
        "command": "/desk", "text": text, "user_id": "U1", "channel_id": "C2", "team_id": "T1",
        "trigger_id": "1.2.3",
    }  # fmt: skip

    item = received(parse(fields, form=True))

    assert (item.text, item.address.chat) == (meant, "C2")
    assert item.dedupe_key == "T1:command:1.2.3"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<@UBOT> hi", "hi"),
        ("hi <@UBOT|desk>", "hi"),
        ("ask <@U2>", "ask <@U2>"),
        ("see <https://x.example|x.example> now", "see x.example now"),
        ("see <https://x.example/a>", "see https://x.example/a"),
        ("<mailto:a@x.example|a@x.example>", "a@x.example"),
        ("a &lt; b &amp;amp; c", "a < b &amp; c"),
    ],
)
def test_slacks_markup_is_read_as_people_see_it(written: str, meant: str) -> None:
    assert plain_text(written, {"UBOT"}) == meant


def test_an_answer_notifies_nobody_by_accident() -> None:
    assert "<!channel>" not in calm("You wrote: <!channel>")
    assert calm("a <!date^1^x|y> <https://x.example|z>") == "a <!date^1^x|y> <https://x.example|z>"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "event", "user", "id", "actions", "text"]), inner
        )
    ),
    max_leaves=12,
)


@given(
    kind=st.sampled_from(["event_callback", "block_actions", "x"]),
    content=st.dictionaries(st.sampled_from(["event", "actions", "user", "channel"]), JSON),
)
def test_no_request_is_a_crash(kind: str, content: dict[str, Any]) -> None:
    assert isinstance(parse({"type": kind} | content), Received | Ignored)
