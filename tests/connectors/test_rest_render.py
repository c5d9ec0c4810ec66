"""Replies as Rasa's REST messages."""

from __future__ import annotations

from bot.types import Button, Reply, Source
from connectors.rest.render import render

ANA = {"recipient_id": "ana"}


def test_plain_text_is_split_at_blank_lines() -> None:
    assert render([Reply(text="one\n\ntwo")], "ana") == [
        ANA | {"text": "one"},
        ANA | {"text": "two"},
    ]


def test_text_with_buttons_is_not_split() -> None:
    reply = Reply(text="one\n\ntwo", buttons=(Button(title="A", payload="/a"),))

    assert render([reply], "ana") == [
        ANA | {"text": "one\n\ntwo", "buttons": [{"title": "A", "payload": "/a"}]}
    ]


def test_an_image_that_is_also_the_attachment_is_sent_once() -> None:
    reply = Reply(text="look", image="https://x/y.png", attachment="https://x/y.png")

    assert render([reply], "ana") == [
        ANA | {"text": "look"},
        ANA | {"image": "https://x/y.png"},
    ]


def test_the_parts_come_in_rasas_order() -> None:
    reply = Reply(custom={"a": 1}, image="i", attachment="f", elements=[{"title": "E"}])

    assert [next(k for k in item if k != "recipient_id") for item in render([reply], "ana")] == [
        "custom",
        "image",
        "attachment",
        "text",
    ]


def test_an_element_becomes_a_text_with_buttons() -> None:
    buttons = [{"title": "A", "payload": "/a"}]
    reply = Reply(elements=[{"title": "T", "subtitle": "S", "buttons": buttons}, {"title": "U"}])

    assert render([reply], "ana") == [
        ANA | {"text": "T : S", "buttons": buttons},
        ANA | {"text": "U : ", "buttons": []},
    ]


def test_an_answer_keeps_its_paragraphs_beside_its_source() -> None:
    source = Source(title="Delivery", url="https://shop.example/d", score=0.91234)

    assert render([Reply(text="one\n\ntwo", sources=(source,))], "ana") == [
        ANA
        | {
            "text": "one\n\ntwo",
            "sources": [{"title": "Delivery", "url": "https://shop.example/d", "score": 0.9123}],
        }
    ]


def test_buttons_need_no_text_and_keep_what_else_was_given() -> None:
    link = Button(title="More", payload="/more", extra={"type": "web_url"})
    assert render([Reply(buttons=(link,))], "ana") == [
        ANA | {"buttons": [{"title": "More", "payload": "/more", "type": "web_url"}]}
    ]
