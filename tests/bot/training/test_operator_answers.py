"""Operators' answers go to a table for review, and only what a person approved is used."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.config import ConversationsConfig
from bot.errors import BotError
from bot.training.exchanges import Exchange
from bot.training.knowledge import sources_of
from bot.training.operator_answers import OperatorAnswer, add_answers, answers_in, waiting
from knowledge.sources.local import TableSource

AT = datetime(2026, 12, 1, tzinfo=UTC)
REPAIR = "Yes, we repair shoes within a week."


def exchange(question: str, *answers: str, is_resolved: bool = True) -> Exchange:
    return Exchange(
        conversation_id="c1", question=question, asked_at=AT, language="en",
        answers=list(answers), is_resolved=is_resolved, names=frozenset({"Ana Lee"}),
    )  # fmt: skip


async def found(*exchanges: Exchange) -> Sequence[OperatorAnswer]:
    async def given() -> AsyncIterator[Exchange]:
        for one in exchanges:
            yield one

    return await answers_in(given())


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


async def test_answers_of_closed_conversations_are_collected_without_what_is_private() -> None:
    (answer,) = await found(
        exchange("My name is Tom Miller, do you repair shoes of order FD204815?",
                 "Hi Tom Miller! Ana Lee here.", "Yes, within a week; call 020 7946 0958."),
    )  # fmt: skip

    assert answer.question == "My name is [name], do you repair shoes of order [number]?"
    assert answer.answer == "Hi [name]! [name] here.\nYes, within a week; call [phone]."


@pytest.mark.parametrize(
    "one",
    [
        exchange("Do you repair shoes?", REPAIR, is_resolved=False),
        exchange("Do you repair shoes?"),
        exchange("Do you repair shoes?", "Which size do you have?"),
        exchange("Do you repair shoes?", "Yes."),
        exchange("Thanks", "You are very welcome, have a nice day."),
    ],
    ids=["open", "unanswered", "asks back", "short answer", "no question"],
)
async def test_what_helps_nobody_else_is_left_out(one: Exchange) -> None:
    assert await found(one) == []


async def test_the_table_grows_and_keeps_what_people_wrote(tmp_path: Path) -> None:
    path = tmp_path / "knowledge" / "conversations.csv"
    first = await found(exchange("Do you repair shoes?", REPAIR))
    assert add_answers(path, first) == 1
    assert waiting(path) == 1
    edited = path.read_text("utf-8-sig").replace("\n,en", "\nyes,en").replace("a week", "9 days")
    # As a spreadsheet program of another country saves it.
    path.write_text(edited.replace(",", ";"), "utf-16")

    both = [*first, *await found(exchange("=cmd() Do you repair bags?", "-No, we do not repair."))]
    assert add_answers(path, both) == 1
    assert add_answers(path, both) == 0

    text = path.read_text("utf-8-sig")
    assert "yes;en;Do you repair shoes?" in text
    assert "9 days" in text
    assert ";'=cmd() Do you repair bags?;'-No" in text
    assert waiting(path) == 1


async def test_only_approved_answers_are_passages(tmp_path: Path) -> None:
    config = ConversationsConfig(type="conversations", path="reviewed.csv")
    assert sources_of(tmp_path, [config]) == ()
    answers = await found(
        exchange("Do you repair shoes?", REPAIR),
        exchange("Do you repair bags?", "No, bags are not repaired."),
    )
    add_answers(tmp_path / config.path, answers)
    (source,) = sources_of(tmp_path, [config])
    assert isinstance(source, TableSource)
    assert source.passages() == ()

    text = (tmp_path / config.path).read_text("utf-8-sig")
    (tmp_path / config.path).write_text(
        text.replace("\n,en,Do you repair s", "\nyes,en,Do you repair s")
    )

    (passage,) = source.passages()
    assert (passage.title, passage.text) == ("Do you repair shoes?", REPAIR)


async def test_a_table_without_ids_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "conversations.csv"
    path.write_text("question,answer\na,b\n")

    with pytest.raises(BotError, match="the column `id` is gone"):
        add_answers(path, await found(exchange("Do you repair shoes?", REPAIR)))

    assert path.read_text() == "question,answer\na,b\n"
