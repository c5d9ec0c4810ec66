"""Follow-ups, several questions, small talk: conversations with the shipped bot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.agent import Agent
from bot.events import BotSaid, UserSaid
from bot.nlg.follow_up import resolved
from bot.nlg.questions import questions
from bot.nlg.small_talk import small_talk
from bot.types import Reply

Ask = Callable[[str], list[Reply]]


@pytest.fixture(scope="module")
def agent(trained_bot: Path) -> Agent:
    return Agent.load(trained_bot)


@pytest.fixture
def ask(agent: Agent, request: pytest.FixtureRequest) -> Ask:
    """Return what says something in a conversation of this test and gives the bot's replies."""
    name = request.node.name

    def say(text: str) -> list[Reply]:
        asyncio.run(agent.handle_text(text, name))
        events = agent._conversations[name].events
        last = max(place for place, one in enumerate(events) if isinstance(one, UserSaid))
        return [one.reply for one in events[last:] if isinstance(one, BotSaid)]

    return say


def text(replies: list[Reply]) -> str:
    return " ".join(reply.text or "" for reply in replies)


def sources(replies: list[Reply]) -> list[str]:
    return [one.passage_id.rpartition("#")[2] for reply in replies for one in reply.sources]


@pytest.mark.parametrize(
    ("first", "then", "price"),
    [
        ("How much is delivery?", "and for China?", "€14.90"),
        ("How much is delivery?", "What about Taiwan?", "€14.90"),
        ("运费多少钱？", "那中国大陆呢？", "14.90"),
        ("运费多少钱？", "台湾呢", "14.90"),
        ("运费多少钱？", "加急呢？", "9.90"),
    ],
)
def test_a_follow_up_is_understood_with_the_question_before_it(
    ask: Ask, first: str, then: str, price: str
) -> None:
    ask(first)
    replies = ask(then)

    assert sources(replies) == ["delivery-cost"]
    assert price in text(replies)
    assert len(text(replies)) < 90, "only the sentence that was asked for"


@pytest.mark.parametrize("asked", ["How much is delivery?", "运费多少钱？"])
def test_who_asks_again_gets_the_whole_answer_again(ask: Ask, asked: str) -> None:
    assert text(ask(asked)) == text(ask(asked))


@pytest.mark.parametrize(
    ("first", "then", "source"),
    [
        ("How much is delivery?", "And how about gift cards?", "gift-card"),
        ("运费多少钱？", "那礼品卡呢？", "gift-card"),
    ],
)
def test_another_topic_is_no_follow_up(ask: Ask, first: str, then: str, source: str) -> None:
    ask(first)

    (found,) = sources(ask(then))

    assert found.startswith(source)


def test_a_follow_up_may_follow_another(ask: Ask) -> None:
    ask("How long does delivery take?")
    ask("and for China?")

    replies = ask("and for Taiwan?")

    assert sources(replies) == ["delivery-time"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("How much is delivery and how long does it take?", ["delivery-cost", "delivery-time"]),
        ("Where do I find my order number? And do you accept PayPal?",
         ["order-number", "payment-methods"]),
        ("运费多少？多久能到？", ["delivery-cost", "delivery-time"]),
        ("运费多少钱，另外可以用支付宝吗？", ["delivery-cost", "payment-methods"]),
    ],
)  # fmt: skip
def test_each_question_of_a_message_is_answered(ask: Ask, asked: str, found: list[str]) -> None:
    assert sources(ask(asked)) == found


@pytest.mark.parametrize("said", ["thanks!", "great, thank you", "谢谢", "太好了，谢谢您"])
def test_small_talk_finds_no_document(ask: Ask, said: str) -> None:
    replies = ask(said)

    assert text(replies)
    assert sources(replies) == []


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ("How much is delivery to Germany and France?", 1),
        ("I bought a lamp. Can I return it?", 1),
        ("Is it free, or do I have to pay?", 1),
        ("Can I pay by card, and do you ship to Norway?", 2),
        ("What is it? Where is it? When is it? Who is it?", 3),
        ("请问可以用支付宝吗，还有发票怎么开？", 2),
        ("我买了一盏灯，可以退吗？", 1),
    ],
)
def test_where_one_question_ends(asked: str, parts: int) -> None:
    assert len(questions(asked)) == parts


@pytest.mark.parametrize(
    "alone",
    [
        "and can I pay by card?",
        "What about my order FD204815?",
        "And?",
        "How about you tell me what your delivery prices for big furniture are",
        "那怎么退货呢？",
        "Where is my parcel?",
    ],
)
def test_what_stands_on_its_own(alone: str) -> None:
    assert resolved(alone, "How much is delivery?") is None


def test_the_place_of_the_last_follow_up_gives_way() -> None:
    found = resolved("and for France?", "How much is delivery for Germany?")

    assert found is not None
    assert found.resolved == "How much is delivery for France?"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Thanks a lot!", "thanks"), ("great, thanks", "thanks"), ("haha", "acknowledged"),
        ("👍", "acknowledged"), ("ok", "acknowledged"), ("好的，谢谢您", "thanks"),
        ("太好了", "praise"),
        ("拜拜", "bye"), ("ok how do I pay", None), ("thank you for nothing", None), ("ok?", None),
        ("", None), ("12", None),
    ],
)  # fmt: skip
def test_what_is_small_talk(said: str, kind: str | None) -> None:
    assert small_talk(said) == kind
