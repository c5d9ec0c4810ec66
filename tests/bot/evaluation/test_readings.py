"""Labels of readings: intents without fallbacks, response keys, entities token by token."""

from __future__ import annotations

from bot.evaluation.readings import NO_ENTITY, Read, intents, response_keys, tagged
from bot.project import Example
from bot.types import Entity, Intent, Reading


def _read(text: str, intent: str | None, reading: Reading, *entities: Entity) -> Read:
    return Read(example=Example(text=text, intent=intent, entities=entities), reading=reading)


def test_a_fallback_is_undone_before_scoring() -> None:
    ranking = (Intent(name="nlu_fallback", confidence=0.3), Intent(name="greet", confidence=0.2))
    reading = Reading(text="hi", intent=ranking[0], ranking=ranking)

    [item] = intents([_read("hi", "greet", reading)])

    assert (item.predicted, item.confidence, item.is_right) == ("greet", 0.2, True)


def test_an_intent_is_compared_without_its_response_key() -> None:
    selected = {"faq": {"response": {"intent_response_key": "faq/place", "confidence": 0.9}}}
    reading = Reading(
        text="when", intent=Intent(name="faq", confidence=1.0), response_selector=selected
    )
    read = _read("when", "faq/hours", reading)

    assert intents([read])[0].is_right
    assert (response_keys([read])[0].expected, response_keys([read])[0].predicted) == (
        "faq/hours", "faq/place",
    )  # fmt: skip


def test_tokens_get_the_entity_that_covers_them() -> None:
    expected = Entity(name="city", value="New York", start=3, end=11)
    found = Entity(name="city", value="York", start=7, end=11, extractor="CRF")
    other = Entity(name="city", value="in", start=0, end=2, extractor="Other")
    reading = Reading(
        text="in New York", intent=Intent(name="go", confidence=1.0), entities=(found, other),
        text_tokens=((0, 2), (3, 6), (7, 11)),
    )  # fmt: skip

    [item] = tagged([_read("in New York", "go", reading, expected)], "CRF")

    assert item.expected == (NO_ENTITY, "city", "city")
    assert item.predicted == (NO_ENTITY, NO_ENTITY, "city")


def test_a_pipeline_without_a_tokenizer_is_compared_by_words() -> None:
    city = Entity(name="city", value="上海", start=4, end=6)
    found = Entity(name="city", value="上海", start=4, end=6, extractor="CRF")
    reading = Reading(text="ship上海", intent=Intent(name="go", confidence=1.0), entities=(found,))

    [item] = tagged([_read("ship上海", "go", reading, city)], "CRF")

    assert item.expected == item.predicted == (NO_ENTITY, "city", "city")
