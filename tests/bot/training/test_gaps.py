"""Questions without an answer, grouped by meaning."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.training.exchanges import Exchange
from bot.training.gaps import Gap, gaps_in
from knowledge.languages import BilingualEmbedder

AT = datetime(2026, 12, 1, tzinfo=UTC)


def exchange(
    question: str, *answers: str, language: str = "en", answered: bool = False
) -> Exchange:
    return Exchange(
        conversation_id="c1", question=question, asked_at=AT, language=language,
        is_unanswered=not answered, led_to_person=bool(answers), answers=list(answers),
    )  # fmt: skip


@pytest.fixture(scope="module")
def found() -> list[Gap]:
    asked = [
        exchange("Do you repair shoes?", "Yes, call 020 7946 0958."),
        exchange("Can you repair my broken shoes?"),
        exchange("Do you repair damaged shoes?"),
        exchange("Are you hiring at the moment?"),
        exchange("When will my parcel arrive?", answered=True),
        exchange("你们修鞋吗？", language="zh"),
        exchange("鞋子坏了能修吗？", language="zh"),
        exchange("你们招人吗？", language="zh"),
    ]
    return gaps_in(asked, BilingualEmbedder(), lambda _what, _share: None)


def test_questions_of_one_meaning_are_one_gap(found: list[Gap]) -> None:
    assert [(gap.language, gap.count) for gap in found] == [
        ("en", 3), ("zh", 2), ("en", 1), ("zh", 1),
    ]  # fmt: skip
    assert {found[0].question, *found[0].questions} == {
        "Do you repair shoes?",
        "Can you repair my broken shoes?",
        "Do you repair damaged shoes?",
    }


def test_a_gap_tells_what_came_of_its_questions(found: list[Gap]) -> None:
    assert (found[0].unanswered, found[0].led_to_person) == (3, 1)
    assert found[0].answers == ("Yes, call [phone].",)


def test_rare_questions_can_be_left_out() -> None:
    asked = [exchange("Do you repair shoes?"), exchange("Are you hiring?")]

    assert gaps_in(asked, BilingualEmbedder(), lambda *_: None, min_count=2) == []


def test_nothing_asked_gives_no_gaps() -> None:
    assert gaps_in([], BilingualEmbedder(), lambda *_: None) == []
