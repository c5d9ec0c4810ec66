"""Telegram's updates as events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.push import Address, ContactChanged, Ignored, Incoming, Received
from connectors.telegram.parse import parse_update

ANN = {"id": 7, "is_bot": False, "first_name": "Ann", "language_code": "de"}
PRIVATE = {"id": 7, "type": "private"}
GROUP = {"id": -100, "type": "supergroup", "title": "Shop"}


def parse(update: dict[str, Any]) -> list[Incoming]:
    body = json.dumps({"update_id": 5} | update).encode()
    return list(parse_update(body, account="99", username="shop_bot"))


def one(chat: dict[str, Any] = PRIVATE, **content: Any) -> Incoming:
    message = {"message_id": 3, "date": 1, "chat": chat, "from": ANN} | content
    (item,) = parse({"message": message})
    return item


def text_of(**content: Any) -> str:
    item = one(**content)
    assert isinstance(item, Received), item
    return item.text


def test_a_text_is_a_message_of_its_chat() -> None:
    item = one(text="hello")

    assert isinstance(item, Received)
    assert (item.text, item.conversation_id, item.dedupe_key) == ("hello", "7", "99:5")
    assert item.address == Address(chat="7", account="99")
    assert item.locale == "de"
    assert item.metadata["user"]["name"] == "Ann"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"sticker": {"file_id": "a", "emoji": "👌"}}, "👌"),
        ({"sticker": {"file_id": "a"}}, "[sticker]"),
        ({"photo": [{"file_id": "s"}, {"file_id": "l"}]}, "[photo]"),
        ({"photo": [{"file_id": "s"}], "caption": "my mug"}, "my mug"),
        ({"document": {"file_id": "d", "file_name": "bill.pdf"}}, "[document] bill.pdf"),
        ({"voice": {"file_id": "v"}}, "[voice message]"),
        ({"contact": {"phone_number": "+49123", "first_name": "Bo"}}, "+49123 Bo"),
        ({"location": {"latitude": 48.5, "longitude": 9.25}}, '{"lng":9.25, "lat":48.5}'),
        ({"venue": {"location": {"latitude": 1.5, "longitude": 2.5}}}, '{"lng":2.5, "lat":1.5}'),
        ({"poll": {"question": "Tea?"}}, "[poll] Tea?"),
    ],
)
def test_what_is_no_text_has_one(content: dict[str, Any], text: str) -> None:
    assert text_of(**content) == text


def test_files_are_named_for_actions_by_the_largest_size() -> None:
    item = one(photo=[{"file_id": "s", "file_size": 1}, {"file_id": "l", "file_size": 9}])

    assert isinstance(item, Received)
    assert item.metadata["attachments"] == [{"kind": "photo", "file_id": "l", "file_size": 9}]


def test_an_album_is_one_message() -> None:
    first = one(photo=[{"file_id": "a"}], media_group_id="m")
    body = {"message": {"chat": PRIVATE, "from": ANN, "photo": [{"file_id": "b"}]}}
    body["message"]["media_group_id"] = "m"
    (second,) = parse(body | {"update_id": 6})

    assert isinstance(first, Received) and isinstance(second, Received)
    assert first.dedupe_key == second.dedupe_key


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("/restart", ["/restart", "/start"]),
        ("/start", ["/start"]),
        ("/help@shop_bot", ["/help"]),
        ("/HELP@Shop_Bot me", ["/HELP me"]),
        ('/inform{"city": "Rome"}', ['/inform{"city": "Rome"}']),
        ("/bot hello", ["hello"]),
        ("mail me@shop_bot", ["mail me@shop_bot"]),
    ],
)
def test_commands_are_intents(sent: str, meant: list[str]) -> None:
    found = parse({"message": {"chat": GROUP, "from": ANN, "text": sent}})

    assert [item.text for item in found if isinstance(item, Received)] == meant
    assert len({item.dedupe_key for item in found if isinstance(item, Received)}) == len(meant)


def test_a_deep_link_brings_its_payload_beside_the_command() -> None:
    item = one(text="/start spring-sale")

    assert isinstance(item, Received)
    assert (item.text, item.metadata["referral"]) == ("/start", "spring-sale")


def test_a_topic_of_a_forum_is_a_conversation_and_is_answered_there() -> None:
    item = one(chat=GROUP, text="hi", message_thread_id=12, is_topic_message=True)

    assert isinstance(item, Received)
    assert item.conversation_id == "-100:12"
    assert item.address == Address(chat="-100", thread="12", account="99", is_group=True)


def test_a_reply_in_an_ordinary_group_stays_in_its_chat() -> None:
    item = one(chat=GROUP, text="hi", message_thread_id=12)

    assert isinstance(item, Received)
    assert (item.conversation_id, item.address.thread) == ("-100", None)


def test_an_edited_text_is_heard_again_and_a_moving_place_is_not() -> None:
    message = {"message_id": 3, "chat": PRIVATE, "from": ANN}
    (text,) = parse({"edited_message": message | {"text": "I meant this"}})
    (place,) = parse({"edited_message": message | {"location": {"latitude": 1, "longitude": 2}}})

    assert isinstance(text, Received) and text.metadata["edited"]
    assert isinstance(place, Ignored)


def test_a_pressed_button_is_answered_after_the_acknowledgement() -> None:
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "/affirm"}]]}
    message = {"message_id": 3, "chat": PRIVATE, "reply_markup": markup}
    query = {"id": "q1", "from": ANN, "message": message, "data": "/affirm"}

    (item,) = parse({"callback_query": query})

    assert isinstance(item, Received)
    assert (item.text, item.title) == ("/affirm", "Yes")
    (courtesy,) = item.courtesies
    assert (courtesy.method, courtesy.payload) == (
        "answerCallbackQuery",
        {"callback_query_id": "q1"},
    )


@pytest.mark.parametrize(("status", "is_reachable"), [("kicked", False), ("member", True)])
def test_a_customer_who_blocks_or_comes_back_changes_the_contact(
    status: str, is_reachable: bool
) -> None:
    change = {"chat": PRIVATE, "from": ANN, "date": 9, "new_chat_member": {"status": status}}

    (item,) = parse({"my_chat_member": change})

    assert isinstance(item, ContactChanged)
    assert (item.conversation_id, item.is_reachable, item.at_s) == ("7", is_reachable, 9.0)


@pytest.mark.parametrize(
    "update",
    [
        {"message": {"chat": PRIVATE, "from": {"id": 1, "is_bot": True}, "text": "beep"}},
        {"message": {"chat": GROUP, "from": ANN, "text": "/help@other_bot"}},
        {"message": {"chat": GROUP, "from": ANN, "new_chat_title": "New"}},
        {"channel_post": {"chat": GROUP, "text": "news"}},
        {"message": {"chat": {"id": "none"}, "from": ANN, "text": "x"}},
        {},
    ],
)
def test_what_is_not_for_the_bot_is_ignored_with_a_reason(update: dict[str, Any]) -> None:
    (item,) = parse(update)

    assert isinstance(item, Ignored)
    assert item.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["chat", "from", "text", "id", "data", "photo"]), inner)
    ),
    max_leaves=12,
)


@given(kind=st.sampled_from(["message", "edited_message", "callback_query", "x"]), content=JSON)
def test_no_update_is_a_crash(kind: str, content: Any) -> None:
    (item, *_) = parse({kind: content})

    assert isinstance(item, Received | Ignored)
