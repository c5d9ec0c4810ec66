"""Markers find their places in conversations."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain import Domain, IntentDefinition, SlotDefinition
from bot.errors import BotError, ConfigErrors
from bot.evaluation.marker_files import read_markers
from bot.evaluation.marker_tables import found_rows, overall_rows, per_session_rows, write_table
from bot.evaluation.markers import evaluate, unknown_names
from bot.events import ActionRan, Event, SlotSet, UserSaid
from bot.types import Intent, Reading


def said(intent: str) -> UserSaid:
    return UserSaid(text="", reading=Reading(text="", intent=Intent(name=intent, confidence=1.0)))


def ran(name: str) -> ActionRan:
    return ActionRan(name=name)


START = ran("action_session_start")
TALK: list[Event] = [
    START, said("hi"), ran("utter_hi"), SlotSet(name="city", value="Rome"), said("faq/price"),
    ran("utter_faq"), SlotSet(name="city", value=None), said("bye"), ran("utter_bye"),
]  # fmt: skip


def found(definition: str, events: list[Event], folder: Path) -> list[list[tuple[int, int]]]:
    """Return, by session, the places and the turns before them."""
    path = folder / "markers.yml"
    path.write_text(f"it:\n  {definition}\n", "utf-8")
    sessions = evaluate(read_markers(path), events)
    return [[(place.event_index, place.user_turns) for place in one["it"]] for one in sessions]


@pytest.mark.parametrize(
    ("definition", "places"),
    [
        ("intent: hi", [(1, 0)]),
        ("intent: faq", [(4, 1)]),
        ("intent: faq/price", [(4, 1)]),
        ("action: utter_bye", [(8, 3)]),
        ("slot_was_set: city", [(3, 1), (4, 1), (5, 2)]),
        ("and: [{slot_was_set: city}, {not_action: utter_faq}]", [(3, 1), (4, 1)]),
        ("or: [{intent: hi}, {intent: bye}]", [(1, 0), (7, 2)]),
        ("not: [{or: [{slot_was_set: city}, {slot_was_not_set: city}]}]", []),
        ("at_least_one_not: [{slot_was_not_set: city}, {not_intent: hi}]",
         [(1, 0), (3, 1), (4, 1), (5, 2)]),
        ("seq: [{intent: hi}, {action: utter_hi}, {action: utter_bye}]", [(8, 3)]),
        ("seq: [{intent: hi}, {intent: hi}]", []),
        ("at_least_once: [{slot_was_set: city}]", [(3, 1)]),
        ("never: [{intent: hi}]", [(0, 0)]),
        ("never: [{action: action_session_start}]", []),
    ],
)  # fmt: skip
def test_a_marker_applies_where_it_should(
    definition: str, places: list[tuple[int, int]], tmp_path: Path
) -> None:
    assert found(definition, TALK, tmp_path) == [places]


def test_each_session_is_looked_at_on_its_own(tmp_path: Path) -> None:
    events: list[Event] = [ran("before"), *TALK[:2], START, ran("utter_hi"), said("hi")]

    assert found("intent: hi", events, tmp_path) == [[(2, 0)], [(5, 0)]]
    assert found("seq: [{intent: hi}, {action: utter_hi}]", events, tmp_path) == [[], []]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a", "mapping"),
        ("intent: hi", "is a condition or an operator"),
        ("it: {intnt: hi}", "did you mean `intent`"),
        ("it: {intent: [hi]}", "needs one name"),
        ("it: {intent: hi, action: a}", "one condition or one operator"),
        ("it: hi", "one condition or one operator"),
        ("it: {and: []}", "needs a list"),
        ("it: {not: [{intent: a}, {intent: b}]}", "takes one marker"),
        ("it: {and: [{or: 5}]}", "needs a list"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "markers.yml").write_text(text, "utf-8")

    with pytest.raises(ConfigErrors) as caught:
        read_markers(tmp_path)

    assert "markers.yml:1:" in str(caught.value)
    assert told in str(caught.value)


def test_a_name_can_be_used_once_in_all_files(tmp_path: Path) -> None:
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text("it: {description: words, intent: hi}", "utf-8")

    with pytest.raises(ConfigErrors) as caught:
        read_markers(tmp_path)

    assert "b.yml:1:1: there are two markers `it`" in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BotError, match="no markers at"):
        read_markers(tmp_path / "none.yml")


def test_names_that_the_domain_does_not_have_are_told(tmp_path: Path) -> None:
    (tmp_path / "markers.yml").write_text(
        "a: {intent: hi}\nb: {or: [{intent: no}, {action: no}, {slot_was_set: no}]}\n"
        "c: {slot_was_set: city}\nd: {action: action_listen}",
        "utf-8",
    )
    domain = Domain(
        intents={"hi": IntentDefinition(name="hi")},
        slots={"city": SlotDefinition(name="city", type="text")},
    )

    assert list(unknown_names(read_markers(tmp_path), domain)) == [
        "`b`: the domain has no intent `no`",
        "`b`: the domain has no action `no`",
        "`b`: the domain has no slot `no`",
    ]


def test_the_tables_are_rasas(tmp_path: Path) -> None:
    (tmp_path / "markers.yml").write_text("z: {slot_was_set: city}\na: {intent: no}", "utf-8")
    results = {"ana": evaluate(read_markers(tmp_path), TALK)}

    assert list(found_rows(results)) == [
        ("ana", 0, "z", 3, 1), ("ana", 0, "z", 4, 1), ("ana", 0, "z", 5, 2),
    ]  # fmt: skip
    write_table(tmp_path / "o.csv", ("h",), overall_rows(results))
    assert (tmp_path / "o.csv").read_bytes().decode().split("\r\n") == [
        "h",
        "all,nan,-,total_number_of_sessions,1",
        "all,nan,a,number_of_sessions_where_marker_applied_at_least_once,0",
        "all,nan,a,percentage_of_sessions_where_marker_applied_at_least_once,0.0",
        "all,nan,z,number_of_sessions_where_marker_applied_at_least_once,1",
        "all,nan,z,percentage_of_sessions_where_marker_applied_at_least_once,100.0",
        "all,nan,a,count(number of preceding user turns),0",
        *(f"all,nan,a,{key}(number of preceding user turns),nan"
          for key in ("mean", "median", "min", "max")),
        "all,nan,z,count(number of preceding user turns),3",
        "all,nan,z,mean(number of preceding user turns),1.333",
        "all,nan,z,median(number of preceding user turns),1.0",
        "all,nan,z,min(number of preceding user turns),1",
        "all,nan,z,max(number of preceding user turns),2",
        "",
    ]  # fmt: skip
    shown = [(row[2], row[3]) for row in per_session_rows(results)]
    assert [name for name, _ in shown] == ["a"] * 5 + ["z"] * 5
    assert [str(key).split("(")[0] for _, key in shown[:5]] == [
        "count", "max", "mean", "median", "min",
    ]  # fmt: skip


def test_no_conversations_give_tables_without_markers() -> None:
    assert [row[3:] for row in overall_rows({})] == [("total_number_of_sessions", 0)]
    assert list(per_session_rows({})) == []
