"""Responses of the domain in other words, through the engine: off unless config wants it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.bot.builders import Talk, does, domain, message, project, rule, said, text_slot
from tests.bot.nlg.cases import answering
from tests.bot.nlg.chat_server import chat_server

RULE = rule("greet", said("inform"), does("utter_order"))


def reply(wording: str, **config: Any) -> tuple[str | None, int]:
    """Return what the bot says, and how often the model was asked."""
    facts = domain(
        slots=(text_slot("city"),),
        responses={"utter_order": "Your order of 5 May goes to {city}. See https://shop.example."},
    )

    async def run(url: str) -> str | None:
        made = answering(url, "verbatim", **config)
        talk = Talk(project(facts, RULE), answering=made)
        turn = await talk.engine.handle(message("/inform city=Rome"), talk.conversation)
        assert made.model is not None
        await made.model.close()
        return turn.replies[0].text

    with chat_server(lambda _: [wording]) as server:
        return asyncio.run(run(server.url)), len(server.asked)


ORIGINAL = "Your order of 5 May goes to Rome. See https://shop.example."
OTHER = "Your order from 5 May is going to Rome, see https://shop.example."


def test_by_default_a_response_is_said_as_it_is_written() -> None:
    assert reply(OTHER) == (ORIGINAL, 0)


def test_a_wording_that_keeps_the_slots_value_is_said() -> None:
    assert reply(OTHER, rephrase_templates=True) == (OTHER, 1)


@pytest.mark.parametrize(
    "wording",
    [
        "Your order of 5 May goes to Paris. See https://shop.example.",
        "Your order of 6 May goes to Rome. See https://shop.example.",
        "Your order of 5 May goes to Rome.",
        "Your order of 5 May goes to Rome. See https://shop.example. We promise a gift.",
        "Your order of 5 May does not go to Rome. See https://shop.example.",
    ],
)
def test_a_wording_that_says_something_else_is_not(wording: str) -> None:
    assert reply(wording, rephrase_templates=True) == (ORIGINAL, 1)
