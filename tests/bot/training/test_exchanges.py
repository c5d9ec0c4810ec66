"""What customers asked and who answered, read from the events of conversations."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.actions.knowledge import NAME
from bot.events import (
    BotSaid,
    Event,
    HandoffRequested,
    OperatorJoined,
    OperatorSaid,
    Resolved,
    UserSaid,
    externally,
)
from bot.training.exchanges import Exchange, exchanges_of
from bot.types import Button, Entity, ExternalIntent, Intent, Reading, Reply, Source

ANA = {"operator_id": "ana", "operator_name": "Ana Lee"}


def asked(text: str, intent: str = "faq", *entities: Entity, language: str = "en") -> UserSaid:
    reading = Reading(
        text=text, intent=Intent(name=intent, confidence=1.0), entities=entities, language=language
    )
    return UserSaid(text=text, reading=reading)


def replied(action: str, *sources: Source, button: str = "", **more: str) -> BotSaid:
    buttons = (Button(title="…", payload=button),) if button else ()
    reply = Reply(text="…", sources=sources, buttons=buttons)
    return BotSaid(reply=reply, metadata={"action": action, **more})


def answered(text: str) -> OperatorSaid:
    return OperatorSaid(text=text, **ANA)


def read(*events: Event) -> list[Exchange]:
    return list(exchanges_of("c1", events))


def test_a_question_with_a_source_is_no_gap() -> None:
    source = Source(title="Returns", url="https://shop.example/r", score=0.9)

    (exchange,) = read(asked("How long can I return?"), replied(NAME, source))

    assert (exchange.question, exchange.language) == ("How long can I return?", "en")
    assert not exchange.is_unanswered
    assert not exchange.led_to_person


def test_only_not_knowing_is_a_gap() -> None:
    found = read(
        asked("Do you repair shoes?"), replied(NAME, button="/talk_to_person"),
        asked("And bags?"), replied(NAME, utter_action="utter_no_answer"),
        asked("blub"), replied("action_default_fallback"),
        asked("hello"), replied("utter_greet", button="/talk_to_person"),
        asked("thanks"), replied(NAME),
        asked("the fee?"), replied(NAME, button="What does express delivery cost?"),
    )  # fmt: skip

    assert [one.is_unanswered for one in found] == [True, True, True, False, False, False]


def test_a_call_for_a_person_belongs_to_the_question_before_it() -> None:
    found = read(
        asked("Is it warm?"),
        asked("Do you repair shoes?"),
        replied("utter_shrug"),
        asked("/talk_to_person", "talk_to_person"),
        HandoffRequested(reason="asked"),
    )

    assert [(one.question, one.led_to_person) for one in found] == [
        ("Is it warm?", False),
        ("Do you repair shoes?", True),
    ]


def test_what_operators_say_answers_the_latest_question() -> None:
    found = read(
        asked("Do you repair shoes?"),
        HandoffRequested(reason="asked"),
        OperatorJoined(**ANA),
        answered("Yes, we do."),
        answered("It takes a week."),
        asked("And bags?"),
        answered("No."),
        Resolved(by="ana"),
        asked("One more thing"),
    )

    assert [exchange.answers for exchange in found] == [
        ["Yes, we do.", "It takes a week."],
        ["No."],
        [],
    ]
    assert [exchange.is_resolved for exchange in found] == [True, True, False]


def test_names_of_operators_and_customers_are_known() -> None:
    person = Entity(name="PERSON", value="Tom Miller", start=5, end=15)

    (exchange,) = read(
        asked("I am Tom Miller", "inform", person),
        OperatorJoined(**ANA),
    )

    assert exchange.names == {"Tom Miller", "Ana Lee"}


def test_what_no_customer_wrote_is_no_question() -> None:
    late = externally(
        ExternalIntent(name="late"), at=datetime.now(UTC), message_id="m", channel="rest"
    )

    assert read(late, replied("action_default_fallback")) == []
