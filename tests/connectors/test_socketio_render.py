"""Replies as Socket.IO messages, and the position in a conversation."""

from __future__ import annotations

from typing import Any, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.events import BotSaid, Event, OperatorSaid, SlotSet, UserSaid
from bot.stores.store import StoredEvent
from bot.types import Button, Intent, Reading, Reply, Source
from connectors.channel import Desk
from connectors.socketio.channel import SocketIo
from connectors.socketio.feed import Position, follow
from connectors.socketio.render import Emission, emissions
from connectors.socketio.settings import SocketIoSettings


def data(reply: Reply, **options: Any) -> list[Any]:
    return [emission.data for emission in emissions(reply, **options)]


def test_text_is_split_at_blank_lines_and_the_last_part_has_the_choices() -> None:
    reply = Reply(text=" one\n\ntwo ", buttons=(Button(title="A", payload="/a"),))

    assert data(reply) == [
        {"text": "one", "quick_replies": []},
        {"text": "two", "quick_replies": [{"content_type": "text", "title": "A", "payload": "/a"}]},
    ]


def test_quick_replies_of_an_action_count_as_choices() -> None:
    reply = Reply(text="Choose", quick_replies=[{"title": "A", "payload": "/a"}, "odd"])

    assert data(reply)[0]["quick_replies"] == [
        {"content_type": "text", "title": "A", "payload": "/a"}
    ]


def test_parts_come_in_rasas_order() -> None:
    reply = Reply(
        text="t",
        custom={"data": 1},
        image="i",
        attachment="a",
        elements=[{"title": "e"}, {"title": "f"}],
    )

    kinds = [next(iter(item)) if isinstance(item, dict) else item for item in data(reply)]

    assert kinds == ["text", 1, "attachment", "attachment", "attachment", "attachment"]
    assert data(reply)[-1]["attachment"]["payload"]["elements"] == {"title": "f"}


def test_an_image_that_is_also_the_attachment_is_sent_once() -> None:
    assert len(data(Reply(image="i", attachment="i"))) == 1


def test_sources_are_a_message_of_their_own() -> None:
    source = Source(title="Delivery", url="https://shop.example/help", score=0.9)

    assert data(Reply(text="Two days.", sources=(source,))) == [
        {"text": "Two days."},
        {"text": "[Delivery](https://shop.example/help)"},
    ]


def test_a_compatible_custom_payload_is_what_rasas_emit_makes_of_it() -> None:
    reply = Reply(custom={"data": {"type": "card"}, "room": "all", "skip_sid": "s"})

    assert emissions(reply) == (Emission(data={"type": "card"}, room="all", skip_sid="s"),)


@pytest.mark.parametrize(
    "custom",
    [
        {"type": "card"},
        {"data": 1, "event": "x"},
        {"data": 1, "room": {"a": 1}},
        {"data": 1, "room": [1]},
        {"data": 1, "namespace": 7},
        [1],
        "text",
    ],
)
def test_a_custom_payload_that_emit_would_not_take_stays_with_its_client(custom: Any) -> None:
    assert emissions(Reply(custom=custom)) == (Emission(data={"custom": custom}),)


def test_the_safe_mode_lets_no_payload_choose_its_room() -> None:
    custom = {"data": 1, "room": "other"}

    assert emissions(Reply(custom=custom), "safe") == (Emission(data={"custom": custom}),)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(custom=json_values, attachment=json_values, elements=json_values, quick=json_values)
def test_no_reply_fails_and_the_safe_mode_never_leaves_the_client(
    custom: Any, attachment: Any, elements: Any, quick: Any
) -> None:
    reply = Reply(
        text="t", custom=custom, attachment=attachment, elements=elements, quick_replies=quick
    )

    emissions(reply)

    assert all(item.room is None for item in emissions(reply, "safe"))


def said_here(channel: str | None) -> UserSaid:
    reading = Reading(text="x", intent=Intent(name=None, confidence=0.0))
    return UserSaid(text="x", reading=reading, channel=channel)


events_made = st.lists(
    st.sampled_from(
        [
            said_here("socketio"),
            said_here("rest"),
            BotSaid(reply=Reply(text="bot")),
            OperatorSaid(text="operator", operator_id="a", operator_name="Ana"),
            SlotSet(name="a", value=1),
        ]
    ),
    max_size=12,
)


def told(events: list[Event], position: Position, first: int) -> tuple[Position, list[int]]:
    heard = []
    for number, event in enumerate(events[first:], first + 1):
        stored = StoredEvent(seq=number, public_seq=None, inbox_id=None, cid=None, event=event)
        position, reply = follow(position, stored, "socketio")
        heard += [number] if reply is not None else []
    return position, heard


@given(events=events_made, data=st.data())
def test_reading_in_two_parts_tells_the_same_as_reading_at_once(
    events: list[Event], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(events)))

    _, at_once = told(events, Position(), 0)
    position, first = told(events[:cut], Position(), 0)
    _, second = told(events, position, cut)

    assert first + second == at_once


@given(events=events_made)
def test_only_what_follows_a_message_of_this_channel_is_told(events: list[Event]) -> None:
    _, heard = told(events, Position(), 0)

    for number in heard:
        earlier = [event for event in events[:number] if isinstance(event, UserSaid)]
        assert not earlier or earlier[-1].channel == "socketio"


def test_settings_take_rasas_keys_and_one_or_many_origins() -> None:
    settings = SocketIoSettings.model_validate(
        {"socketio_path": "socket.io/", "cors_allowed_origins": "https://a.example", "other": 1}
    )

    assert settings.socketio_path == "/socket.io"
    assert settings.cors_allowed_origins == ("https://a.example",)
    assert SocketIoSettings(cors_allowed_origins="*").cors_allowed_origins == "*"


@pytest.mark.parametrize("wrong", [{"socketio_path": "/"}, {"jwt_method": "XX1"}])
def test_settings_that_cannot_work_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SocketIoSettings.model_validate(wrong)


@pytest.mark.parametrize(
    ("setting", "cors", "is_allowed"),
    [
        (None, [], False),
        (None, ["https://shop.example"], True),
        (None, ["*"], True),
        ("*", [], True),
        ("https://shop.example", ["https://other.example"], True),
        ("https://other.example", ["https://shop.example"], False),
    ],
)
async def test_pages_may_connect_that_the_setting_or_else_the_server_allows(
    setting: str | None, cors: list[str], is_allowed: bool
) -> None:
    settings = SocketIoSettings.model_validate({"cors_allowed_origins": setting})
    channel = SocketIo(cast(Desk, None), settings)
    transport = httpx.ASGITransport(app=channel.mounts(cors)["/socket.io"])

    async with httpx.AsyncClient(transport=transport, base_url="http://desk.example") as http:
        answer = await http.get(
            "/socket.io/?EIO=4&transport=polling", headers={"Origin": "https://shop.example"}
        )

    assert answer.status_code == (200 if is_allowed else 400)
    shown = answer.headers.get("access-control-allow-origin")
    assert shown == ("https://shop.example" if is_allowed else None)
