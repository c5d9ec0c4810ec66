"""Responses: variations and placeholders."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from bot.domain import Domain, ResponseVariation
from bot.nlg.templates import fill_text, reply_of, respond

VARIATIONS = (
    ResponseVariation(content={"text": "any"}),
    ResponseVariation(content={"text": "any vip"}, conditions=(("tier", "VIP"),)),
    ResponseVariation(content={"text": "slack"}, channel="slack"),
    ResponseVariation(
        content={"text": "slack vip"}, channel="slack", conditions=(("tier", "VIP"),)
    ),
)
DOMAIN = Domain(responses={"utter_hi": VARIATIONS})


def say(slots: dict[str, Any], channel: str) -> str | None:
    content = respond(DOMAIN, "utter_hi", slots, channel, Random(1))
    return content["text"] if content else None


@pytest.mark.parametrize(
    ("tier", "channel", "expected"),
    [
        (None, "web", "any"), ("vip", "web", "any vip"),
        (None, "slack", "slack"), ("vip", "slack", "slack vip"),
    ],
)  # fmt: skip
def test_the_channel_comes_before_the_condition(
    tier: str | None, channel: str, expected: str
) -> None:
    assert say({"tier": tier}, channel) == expected


def test_an_unknown_response_says_nothing() -> None:
    assert respond(DOMAIN, "utter_nothing", {}, "web", Random(1)) is None


def test_a_condition_that_held_is_shown() -> None:
    content = respond(DOMAIN, "utter_hi", {"tier": "VIP"}, "web", Random(1))
    assert content is not None
    assert content["condition"] == [{"type": "slot", "name": "tier", "value": "VIP"}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi {name}.", "Hi Ada."), ("{none}", "None"), ("{name} {lost}", "{name} {lost}"),
        ("{{name}}", "{name}"), ("{{x}} {name}", "{{x}} {name}"), ('{"a": 1}', '{"a": 1}'),
        ('/set{{"n": "{name}"}}', '/set{"n": "Ada"}'), ("你好 {城市}", "你好 柏林"),
    ],
)  # fmt: skip
def test_placeholders(text: str, expected: str) -> None:
    assert fill_text(text, {"name": "Ada", "none": None, "城市": "柏林"}) == expected


def test_placeholders_are_filled_everywhere() -> None:
    content = {
        "buttons": [{"title": "{n}", "payload": "/{n}"}], "custom": {"a": ["{n}"]}, "image": "{n}",
        "extra": "{n}",
    }  # fmt: skip
    domain = Domain(responses={"utter_x": (ResponseVariation(content=content, id="7"),)})
    filled = respond(domain, "utter_x", {"n": "1"}, "web", Random(1), {"n": "2"})
    assert filled is not None
    reply = reply_of(filled, {"utter_action": "utter_x"})
    assert (reply.buttons[0].title, reply.buttons[0].payload) == ("2", "/2")
    assert reply.custom == {"a": ["2"]}
    assert reply.attachment == reply.image == "2"
    assert reply.metadata == {"extra": "{n}", "id": "7", "utter_action": "utter_x"}


def test_a_reply_tells_for_which_channel_it_was_worded() -> None:
    content = respond(DOMAIN, "utter_hi", {"tier": None}, "slack", Random(1))
    assert content == {"text": "slack", "channel": "slack"}


def test_a_button_keeps_what_else_was_given() -> None:
    link = {"title": "More", "payload": "/more", "type": "web_url", "url": "https://x"}
    (button,) = reply_of({"text": "See", "buttons": [link]}).buttons
    assert button.to_dict() == link
