"""What the operator is told about a customer."""

from __future__ import annotations

from dataclasses import replace

from bot.events import IS_EXTERNAL, BotSaid, UserSaid
from bot.profile import MAX_FACTS, profile_of
from bot.types import Entity, Intent, Reading, Relation, Reply

TEXT = "It cost €39.90."


def said(*relations: Relation, entities: tuple[Entity, ...] = (), **more) -> UserSaid:
    intent = Intent(name=None, confidence=0.0)
    reading = Reading(text=TEXT, intent=intent, relations=relations, entities=entities)
    return UserSaid(text="t", reading=reading, **more)


def related(head: str, name: str, tail: str, *, kind: str = "product", sure: float = 0.9):
    return Relation(
        name=name,
        head=Entity(name=kind, value=head),
        tail=Entity(name="any", value=tail),
        confidence=sure,
    )


def lines(*events) -> list[tuple[str, str | None, str]]:
    return [(fact.kind, fact.about, fact.value) for fact in profile_of(events)]


def test_a_profile_tells_who_ordered_what_and_what_is_wrong() -> None:
    assert lines(
        said(related("I", "ordered", "kettle", kind="person")),
        BotSaid(reply=Reply(text="Oh.")),
        said(
            related("kettle", "has_defect", "leaks"),
            related("我", "lives_in", "格拉茨", kind="person"),
        ),
    ) == [
        ("ordered", None, "kettle"),
        ("has_defect", "kettle", "leaks"),
        ("lives_in", None, "格拉茨"),
    ]  # fmt: skip


def test_somebody_else_is_named() -> None:
    told = said(related("My wife", "ordered", "tent", kind="person"))
    assert lines(told) == [("ordered", "My wife", "tent")]


def test_what_is_said_twice_is_listed_once_and_a_home_is_replaced() -> None:
    first = said(
        related("i", "lives_in", "Graz", kind="person"), related("Kettle", "has_defect", "Leaks")
    )
    second = said(
        related("kettle", "has_defect", "leaks"), related("I", "lives_in", "Linz", kind="person")
    )
    assert lines(first, second) == [("has_defect", "kettle", "leaks"), ("lives_in", None, "Linz")]


def test_unsure_relations_and_other_systems_tell_nothing() -> None:
    unsure = said(related("kettle", "has_defect", "leaks", sure=0.5))
    doubtful = Entity(name="product", value="kettle", confidence=0.5)
    guessed = said(replace(related("", "has_defect", "leaks"), head=doubtful))
    triggered = said(related("kettle", "has_defect", "leaks"), metadata={IS_EXTERNAL: True})
    assert lines(unsure, guessed, triggered) == []


def test_entities_count_unless_a_relation_says_more_or_they_pass() -> None:
    entities = (
        Entity(name="order_number", value="FD204815"),
        Entity(name="product", value="kettle"),
        Entity(name="time", value="2026-12-01T10:00:00"),
        Entity(name="amount-of-money", value=39.9, start=8, end=14),
    )
    told = said(related("Kettle", "has_defect", "leaks"), entities=entities)
    assert lines(told) == [
        ("order_number", None, "FD204815"),
        ("amount-of-money", None, "€39.90"),
        ("has_defect", "Kettle", "leaks"),
    ]


def test_a_profile_stays_short() -> None:
    told = [said(related(f"p{n}", "has_defect", "leaks")) for n in range(3 * MAX_FACTS)]
    assert len(profile_of(told)) == MAX_FACTS
    assert profile_of(told)[-1].about == f"p{3 * MAX_FACTS - 1}"
