"""Which responder answers, what goes out, and within which time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from bot.config import NlgConfig
from bot.nlg.answering import Answering
from bot.nlg.draft import Draft
from bot.nlg.responder import Answer, Question
from tests.bot.nlg.cases import EMBEDDER, MONEY, RETURN, TEXTS, answering, hits, question
from tests.bot.nlg.chat_server import chat_server, pieces

GOOD = "You can return products within 30 days [1]. We send the money within 5 working days [2]."
SLOW = ["You can return products within 30 days. ", "We ", "send"]
DEAD = "http://127.0.0.1:9"


def answer(made: Answering, asked: Question) -> Answer:
    async def run() -> Answer:
        try:
            return await made.answer(asked)
        finally:
            if made.model is not None:
                await made.model.close()

    return asyncio.run(run())


def plain(*responders: str, **more: Any) -> Answering:
    return Answering.of(NlgConfig.model_validate({"responders": responders, **more}), EMBEDDER)


def long_hits() -> tuple[Any, ...]:
    """Return a document of many sentences, of which two answer, and a shorter one."""
    filler = " ".join(
        f"Section {number} describes how our workshop sorts tools." for number in range(20)
    )
    first, second = hits()
    passage = replace(first.passage, text=f"{filler} {RETURN} {filler}")
    return replace(first, passage=passage), second


def test_verbatim_is_the_best_passage_as_it_stands() -> None:
    found = answer(plain("verbatim"), question())

    assert found.text == RETURN
    assert [hit.passage.id for hit in found.cited] == ["returns-0"]


def test_a_response_of_the_domain_is_said_instead_of_its_passage() -> None:
    async def respond(name: str) -> dict[str, Any] | None:
        return {"text": "Our words.", "buttons": []} if name == "utter_answer_returns-0" else None

    found = answer(plain("templates", "verbatim"), question(respond=respond))

    assert (found.text, found.responder) == ("Our words.", "templates")
    assert found.content is not None


def test_of_a_long_passage_only_the_sentences_that_answer_are_said() -> None:
    asked = question("How many days do I have to return a product?", hits=long_hits())

    found = answer(plain("verbatim", "extractive"), asked)

    assert found.responder == "extractive"
    assert "30 days [1]" in found.text
    assert "workshop" not in found.text


def test_sentences_of_several_passages_are_cited_by_number() -> None:
    asked = question("How long can I return a product, and when do I get the money back?")

    found = answer(plain("extractive"), asked)

    assert "30 days [1]." in found.text
    assert "5 working days after the parcel arrives [2]." in found.text
    assert [hit.passage.text for hit in found.cited] == [RETURN, MONEY]


def test_the_length_says_how_many_sentences_there_are() -> None:
    asked = question("Return a product, label, money back")
    short = answer(plain("extractive", length="short"), asked)
    long = answer(plain("extractive", length="long"), asked)

    assert short.text.count("[") <= 2
    assert len(short.text) <= len(long.text)


def test_what_was_said_already_is_not_said_whole_again() -> None:
    found = answer(plain("verbatim", "extractive"), question("and the label?", is_repeated=True))

    assert found.responder == "extractive"
    assert found.text == "Put the return label on the parcel and bring it to a post office [1]."


def test_a_generated_answer_cites_what_says_it() -> None:
    with chat_server(lambda _: pieces(GOOD)) as server:
        found = answer(answering(server.url), question())

    assert (found.text, found.responder) == (GOOD, "generate")
    assert [hit.rank for hit in found.cited] == [0, 1]


def test_a_wrong_citation_is_put_right() -> None:
    with chat_server(lambda _: ["We send the money within 5 working days [9]."]) as server:
        found = answer(answering(server.url), question())

    assert found.text == "We send the money within 5 working days [1]."
    assert found.cited[0].passage.text == MONEY


def test_a_chinese_answer_is_generated_and_checked_too() -> None:
    written = "您可以在30天内退货[1]。退货是免费的[1]。包裹到达后五个工作日内退款[2]。"
    with chat_server(lambda _: pieces(written, 3)) as server:
        found = answer(answering(server.url), question(language="zh"))

    assert found.text == "您可以在30天内退货[1]。包裹到达后五个工作日内退款[2]。"
    assert len(found.dropped) == 1


@pytest.mark.parametrize(
    "false",
    ["You have 60 days.", "It costs $5.", "Call +44 20 7946 0018.", "Write to a@shop.example.",
     "You have sixty days.", "Returns end on 5 May.", "You have 30 weeks."],
)  # fmt: skip
def test_a_false_figure_is_never_uttered(false: str) -> None:
    shown: list[str] = []
    with chat_server(lambda _: pieces(f"{GOOD} {false}")) as server:
        found = answer(answering(server.url), question(draft=Draft(shown.append)))

    assert found.text == GOOD
    assert all(false not in text for text in shown)


def test_a_text_that_is_mostly_unsupported_gives_way_to_the_passage() -> None:
    with chat_server(
        lambda _: ["I love pizza. It rains today. You can return products within 30 days."]
    ) as server:
        found = answer(answering(server.url), question())

    assert (found.text, found.responder) == (RETURN, "verbatim")


def test_the_question_of_a_passage_says_nothing() -> None:
    first, second = hits()
    asks = replace(first.passage, title="Do you deliver on Sundays?", text="No, only on weekdays.")
    asked = question("Sundays?", hits=(replace(first, passage=asks), second))
    with chat_server(lambda _: ["We deliver on Sundays [1]."]) as server:
        assert answer(answering(server.url), asked).text == "No, only on weekdays."


def test_a_heading_belongs_to_what_stands_below_it() -> None:
    first, second = hits()
    headed = replace(first.passage, title="Gift cards", text="They are valid for three years.")
    asked = question("How long?", hits=(replace(first, passage=headed), second))
    with chat_server(lambda _: ["Gift cards are valid for 3 years."]) as server:
        found = answer(answering(server.url), asked)

    assert found.text == "Gift cards are valid for 3 years [1]."


def test_the_model_may_say_that_it_does_not_know() -> None:
    with chat_server(lambda _: ["NO_ANSWER"]) as server:
        assert answer(answering(server.url), question()).responder == "verbatim"


@pytest.mark.parametrize("said", [500, b"", b"data: nonsense\n\n"])
def test_a_model_that_fails_gives_way_to_the_passage(said: Any) -> None:
    with chat_server(lambda _: said) as server:
        assert answer(answering(server.url), question()).text == RETURN


def test_a_model_that_is_down_gives_way_to_the_passage() -> None:
    assert answer(answering(DEAD), question()).text == RETURN


def test_a_model_that_is_slow_gives_way_within_the_budget() -> None:
    shown: list[str] = []
    with chat_server(lambda _: SLOW) as server:
        server.free.clear()
        server.let(2)
        made = answering(server.url, budget_s=1.0)
        found = answer(made, question(draft=Draft(shown.append)))
        assert server.broken.wait(10), "the request was given up, too"

    assert (found.text, found.responder) == (RETURN, "verbatim")
    assert shown == ["You can return products within 30 days [1].", ""], "shown, and taken back"


def test_only_checked_sentences_are_shown_while_the_model_writes() -> None:
    shown: list[str] = []
    written = (
        "You can return products within 30 days. Pizza is free."
        " We send the money within 5 working days."
    )
    with chat_server(lambda _: pieces(written, 4)) as server:
        found = answer(answering(server.url), question(draft=Draft(shown.append)))

    first = "You can return products within 30 days [1]."
    assert shown == [first, f"{first} We send the money within 5 working days [2]."]
    assert found.text == shown[-1]


async def test_a_takeover_stops_the_model_at_once() -> None:
    shown: list[str] = []
    is_shown = asyncio.Event()

    def show(text: str) -> None:
        shown.append(text)
        is_shown.set()

    with chat_server(lambda _: SLOW) as server:
        server.free.clear()
        server.let(2)
        made = answering(server.url, budget_s=60)
        draft = Draft(show)
        writing = asyncio.create_task(made.answer(question(draft=draft)))
        await asyncio.wait_for(is_shown.wait(), 10)

        draft.abandon()
        found = await asyncio.wait_for(writing, 10)
        draft.show("too late")
        assert await asyncio.to_thread(server.broken.wait, 10)
        assert made.model is not None
        await made.model.close()

    assert found.responder == "verbatim"
    assert shown[1:] == [""], "what was shown is taken back, and nothing comes after"
    assert server.written[2:] == []


def test_tone_and_length_reach_the_model() -> None:
    with chat_server(lambda _: pieces(GOOD)) as server:
        answer(answering(server.url, tone="formal", length="short"), question(language="zh"))

    system = server.asked[0]["messages"][0]["content"]
    assert "formally" in system and "one or two sentences" in system and "Chinese" in system


def test_passages_and_question_are_data_of_the_user_role() -> None:
    with chat_server(lambda _: pieces(GOOD)) as server:
        answer(answering(server.url), question("Can I?", history=("customer: Hello",)))

    system, user = server.asked[0]["messages"]
    assert RETURN in user["content"] and "Can I?" in user["content"]
    assert "customer: Hello" in user["content"]
    assert TEXTS["en"][0][0] not in system["content"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"responders": ["generate"]},
        {"responders": []},
        {"responders": ["verbatim", "verbatim"]},
        {"responders": ["poet"]},
        {"rephrase_templates": True},
        {"model": {"url": "ftp://x", "name": "m"}},
        {"model": {"url": "http://x"}},
        {"model": {"url": "http://x", "name": "m", "local": "y"}},
        {"model": {"url": "http://x", "name": "m", "key": "secret"}},
        {"budget_s": 0},
    ],
)
def test_a_wrong_setting_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NlgConfig.model_validate(wrong)
