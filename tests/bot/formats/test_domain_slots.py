"""Slots: their types, and the classes that may stand for them."""

from __future__ import annotations

import pytest

from bot.domain import SlotDefinition
from bot.formats.domain import read_domain
from bot.yamlsource import Report, read_text


def slot(settings: str) -> tuple[SlotDefinition, Report]:
    """Return the only slot of a domain, and what was told about it."""
    report = Report()
    source = read_text(f"slots:\n  a: {{mappings: [], {settings}}}\n", "domain.yml", report)
    assert source is not None
    return read_domain([source]).slots["a"], report


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("TextSlot", "text"),
        ("BooleanSlot", "bool"),
        ("CategoricalSlot", "categorical"),
        ("FloatSlot", "float"),
        ("ListSlot", "list"),
        ("AnySlot", "any"),
    ],
)
def test_the_class_of_a_type_is_that_type(name: str, kind: str) -> None:
    found, report = slot(f"type: rasa.shared.core.slots.{name}")

    assert found.type == kind
    assert report.errors == []


def test_a_class_of_the_project_is_any_whatever_its_settings() -> None:
    found, report = slot("type: addons.Mood, influence_conversation: true, max_value: 5")

    assert (found.type, found.influences_conversation) == ("any", False)
    assert report.errors == []
    assert report.warnings == [
        "domain.yml:2:27: the slot class `addons.Mood` is not run; `any` is used"
    ]
