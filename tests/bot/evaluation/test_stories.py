"""What counts as different in a test story."""

from __future__ import annotations

from bot.evaluation.stories import Pairs, StoryVerdict, labels, same_entities
from bot.types import Entity


def entity(value: object, role: str | None = None, name: str = "city", start: int = 3) -> Entity:
    return Entity(name=name, value=value, start=start, end=start + 4, role=role)


def test_entities_are_the_same_whatever_their_order_role_and_kind_of_value() -> None:
    left = (entity("rome", role="from"), entity("5", start=9))

    assert same_entities(left, (entity(5, start=9), entity("rome", role="to")))
    assert not same_entities(left, left[:1])
    assert not same_entities(left, (entity("Rome"), left[1]))
    assert not same_entities(left, (entity("rome", name="town"), left[1]))


def test_the_label_of_an_entity_names_no_role_as_in_rasas_report() -> None:
    pairs = Pairs(entities=(("to rome", (entity("rome", role="to"),), ()),))

    found = labels([StoryVerdict(name="s", mismatches=(), pairs=pairs)])

    assert found == [("[rome](city)", "None")]
