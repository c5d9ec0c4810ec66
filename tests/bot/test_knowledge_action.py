"""`action_answer_from_knowledge`: which passage is said, when it asks back, or says nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.config import NlgConfig
from bot.domain import ResponseVariation
from bot.events import BotSaid
from bot.nlg.answering import PLAIN
from bot.types import Message, Reading, Reply
from knowledge.types import Hit, Passage
from tests.bot.builders import Talk, does, domain, project, rule, said, understand

ASK = rule("ask", said("ask"), does("action_answer_from_knowledge"))
Find = Callable[[str, str | None], tuple[Hit, ...]]


def hit(name: str, score: float, language: str = "en", **more: Any) -> Hit:
    passage = Passage(
        id=f"faq.yml#{name}", language=language, title=f"{name}?", text=f"About {name}.",
        source=f"https://shop.example/{name}", tags=tuple(more.pop("tags", ())),
    )  # fmt: skip
    return Hit(passage=passage, score=score, rank=0, matched=f"{name}?", **more)


def finds(*hits: Hit) -> Find:
    return lambda text, language: hits


def by_word(**found: Hit) -> Find:
    """Find a passage for a text that holds its word."""
    return lambda text, language: tuple(one for word, one in found.items() if word in text)


def asking(text: str, find: Find, *, language: str = "en", **more: Any) -> tuple[Reply, ...]:
    """Return what the bot replies to `text`."""

    def read(message: Message) -> Reading:
        return replace(
            understand(replace(message, text="/ask")), text=message.text, language=language
        )

    responses = more.pop("responses", {})
    settings: dict[str, Any] = {"knowledge_threshold": 0.55, "retrieve": find, **more}
    talk = Talk(project(domain(responses=responses), ASK), read=read, **settings)
    talk.say(text)
    assert talk.turn is not None
    return talk.turn.replies


@pytest.mark.parametrize(
    ("language", "text", "neither"),
    [
        ("en", "Do you mean “price?” or “speed?”?", "Something else"),
        ("zh", "您是想问“price?”还是“speed?”？", "都不是"),
    ],
)
def test_of_two_that_fit_equally_well_it_asks_which_is_meant(
    language: str, text: str, neither: str
) -> None:
    found = finds(hit("price", 0.70), hit("speed", 0.69))

    (reply,) = asking("delivery", found, language=language)

    assert reply.text == text
    assert [button.title for button in reply.buttons] == ["price?", "speed?", neither]
    assert [button.payload for button in reply.buttons] == ["price?", "speed?", neither]
    assert reply.sources == ()


@pytest.mark.parametrize(
    "pair",
    [
        (hit("price", 0.90), hit("speed", 0.89)),
        (hit("price", 0.70), hit("speed", 0.60)),
        (hit("price", 0.60), hit("speed", 0.50)),
        (hit("price", 0.6, probability=0.9), hit("speed", 0.6, probability=0.89)),
        (hit("price", 0.6, probability=0.7), hit("speed", 0.6, probability=0.4)),
        (hit("price", 0.70), hit("price", 0.70, language="zh")),
    ],
)
def test_what_is_clear_is_answered(pair: tuple[Hit, Hit]) -> None:
    (reply,) = asking("delivery", finds(*pair))

    assert reply.text == "About price."


def test_close_probabilities_are_asked_about_too() -> None:
    pair = (hit("price", 0.3, probability=0.70), hit("speed", 0.9, probability=0.68))

    (reply,) = asking("delivery", finds(*pair))

    assert len(reply.buttons) == 3


def test_asking_back_can_be_switched_off() -> None:
    plain = replace(PLAIN, config=NlgConfig(responders=("verbatim",), clarify=False))
    found = finds(hit("price", 0.70), hit("speed", 0.69))

    (reply,) = asking("delivery", found, answering=plain)

    assert reply.text == "About price."


@pytest.mark.parametrize(
    ("said_so", "word"), [("Something else", "other words"), ("都不是", "换一种")]
)
def test_neither_of_the_two_is_asked_anew(said_so: str, word: str) -> None:
    language = "en" if said_so.isascii() else "zh"

    (reply,) = asking(said_so, finds(hit("price", 0.9)), language=language)

    assert word in (reply.text or "")


def test_of_two_questions_the_one_without_an_answer_is_named() -> None:
    find = by_word(price=hit("price", 0.9), weather=hit("speed", 0.2))

    first, second = asking("What is the price? How is the weather?", find)

    assert first.text == "About price."
    assert second.text is not None and "“How is the weather?”" in second.text
    assert second.buttons[0].payload == "/talk_to_person"


def test_two_questions_with_one_answer_get_it_once() -> None:
    (reply,) = asking("What is the price? Is the price fair?", by_word(price=hit("price", 0.9)))

    assert reply.text == "About price."


def test_several_questions_without_any_answer_get_one_reply() -> None:
    (reply,) = asking("What is love? Who is she?", finds(hit("price", 0.1)))

    assert reply.sources == ()


def test_a_question_that_leans_is_read_with_the_one_before() -> None:
    def find(text: str, language: str | None) -> tuple[Hit, ...]:
        price, speed = hit("price", 0.8), hit("speed", 0.7)
        if "price" in text and "long" in text:
            return (price, speed)
        return (price,) if "price" in text else (hit("other", 0.3),)

    first, second = asking("What is the price? How long does it take?", find)

    assert (first.text, second.text) == ("About price.", "About speed.")


def test_a_passage_in_the_customers_language_stands_for_its_translations() -> None:
    found = finds(hit("price", 0.9, language="zh"), hit("price", 0.8))

    (reply,) = asking("price", found)

    assert reply.sources[0].score == 0.8


def test_a_passage_in_another_language_is_better_than_none() -> None:
    (reply,) = asking("price", finds(hit("price", 0.9, language="zh")))

    assert reply.text == "About price."


@pytest.mark.parametrize(("probability", "answers"), [(0.6, True), (0.5, False)])
def test_a_probability_decides_where_there_is_one(probability: float, answers: bool) -> None:
    (reply,) = asking("price", finds(hit("price", 0.99, probability=probability)))

    assert bool(reply.sources) is answers


def test_the_intent_raises_the_odds_of_its_passages() -> None:
    first = hit("price", 0.6, probability=0.70)
    meant = hit("speed", 0.6, probability=0.65, tags=("ask",))
    far = hit("other", 0.6, probability=0.40, tags=("ask",))

    assert asking("x", finds(first, meant))[0].text == "About speed."
    assert asking("x", finds(first, far))[0].text == "About price."


def test_the_domain_may_word_the_answer_of_a_passage() -> None:
    facts = domain(responses={})
    content = {"text": "Our words.", "buttons": [{"title": "Go", "payload": "/go"}]}
    facts.responses["utter_answer_price"] = (ResponseVariation(content=content),)  # type: ignore[index]
    talk = Talk(project(facts, ASK), retrieve=finds(hit("price", 0.9)))

    assert talk.say("/ask") == ["Our words."]
    event = next(e for e in talk.conversation.events if isinstance(e, BotSaid))
    assert event.reply.buttons[0].payload == "/go"
    assert event.reply.sources[0].url == "https://shop.example/price"
    assert event.metadata["responder"] == "templates"


@pytest.mark.parametrize(
    ("text", "language", "reply"),
    [("太好了", "zh", "很高兴能帮到您。"), ("👍", "en", "All right. Is there anything else?"),
     ("bye", "en", "Goodbye!")],
)  # fmt: skip
def test_small_talk_has_words_of_its_own(text: str, language: str, reply: str) -> None:
    def find(text: str, language: str | None) -> tuple[Hit, ...]:
        raise AssertionError("nothing is searched")

    assert [one.text for one in asking(text, find, language=language)] == [reply]
