"""Replies as calls of the Bot API."""

from __future__ import annotations

from typing import Any

import pytest

from bot.types import Button, ConversationId, Outbound, Reply
from connectors.push import Address
from connectors.telegram.render import render, typing

CHAT = Address(chat="7")
BUTTONS = tuple(Button(title=t, payload=f"/{t}") for t in ("a", "b", "c"))


def calls(reply: Reply, at: Address = CHAT, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    outbound = Outbound(
        idem_key="1:0", conversation_id=ConversationId("7"), channel="telegram", sender_id="7",
        reply=reply, seq=1, **more,
    )  # fmt: skip
    return [(op.method, dict(op.payload)) for op in render(outbound, at).operations]


def test_text_goes_out_as_it_is_written() -> None:
    assert calls(Reply(text="*Hi* <b>")) == [("sendMessage", {"chat_id": "7", "text": "*Hi* <b>"})]


@pytest.mark.parametrize(
    ("style", "markup"),
    [
        ("inline", {"inline_keyboard": [[(b, f"/{b}") for b in "abc"]]}),
        ("vertical", {"inline_keyboard": [[(b, f"/{b}")] for b in "abc"]}),
    ],
)
def test_buttons_stand_as_button_type_says(style: str, markup: dict[str, Any]) -> None:
    reply = Reply(text="?", buttons=BUTTONS, metadata={"button_type": style})

    ((_, payload),) = calls(reply)

    rows = payload["reply_markup"]["inline_keyboard"]
    found = [[(key["text"], key["callback_data"]) for key in row] for row in rows]
    assert {"inline_keyboard": found} == markup


def test_a_reply_keyboard_sends_its_titles() -> None:
    ((_, payload),) = calls(Reply(text="?", buttons=BUTTONS, metadata={"button_type": "reply"}))

    assert payload["reply_markup"] == {
        "keyboard": [[{"text": "a"}, {"text": "b"}, {"text": "c"}]],
        "one_time_keyboard": True,
        "resize_keyboard": True,
    }


@pytest.mark.parametrize(
    ("custom", "method"),
    [
        ({"text": "*x*", "parse_mode": "Markdown"}, "sendMessage"),
        ({"photo": "https://x.example/a.png", "caption": "A"}, "sendPhoto"),
        ({"latitude": 1, "longitude": 2}, "sendLocation"),
        ({"latitude": 1, "longitude": 2, "title": "T", "address": "A"}, "sendVenue"),
        ({"phone_number": "1", "first_name": "A"}, "sendContact"),
        ({"action": "typing"}, "sendChatAction"),
        ({"media": [{"type": "photo", "media": "https://x.example/a.png"}]}, "sendMediaGroup"),
    ],
)
def test_custom_json_chooses_the_call_by_its_keys(custom: dict[str, Any], method: str) -> None:
    assert calls(Reply(custom=custom)) == [(method, {"chat_id": "7"} | custom)]


def test_custom_json_may_name_another_chat() -> None:
    ((_, payload),) = calls(Reply(custom={"text": "x", "chat_id": "8"}))

    assert payload["chat_id"] == "8"


def test_a_thread_is_answered_in_the_thread() -> None:
    at = Address(chat="7", thread="12")

    ((_, payload),) = calls(Reply(text="x"), at)

    assert payload["message_thread_id"] == 12
    assert typing(at).payload == {"chat_id": "7", "action": "typing", "message_thread_id": 12}


def test_a_persons_paragraphs_stay_one_message() -> None:
    assert len(calls(Reply(text="one\n\ntwo"))) == 2
    assert len(calls(Reply(text="one\n\ntwo"), from_kind="agent")) == 1
