"""The light tagger finds entities, with labels where there are some."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import TrainingError
from bot.ngc.tasks.bio import without_overlaps
from bot.ngc.tasks.light_tags import LightTags, train_light_tags
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.sample import Sample, Span

CITIES = ("Oslo", "Rome", "Paris", "Berlin", "Madrid", "Vienna")


def _sample(city: str, number: int) -> Sample:
    if number % 2:
        return Sample(text=f"how is the weather in {city}", label="weather",
                      spans=(Span(22, 22 + len(city), "city"),))  # fmt: skip
    return Sample(text=f"book a flight to {city} please", label="book",
                  spans=(Span(17, 17 + len(city), "city", "to"),))  # fmt: skip


def _train(samples: list[Sample]) -> LightTags:
    return train_light_tags(Lesson(task="slots", train=samples), lambda _text, _share: None)


def test_entities_and_labels_are_found_and_survive_a_file(tmp_path: Path) -> None:
    model = _train([_sample(city, number) for number in range(4) for city in CITIES])
    model.save(tmp_path)
    loaded = LightTags.load(tmp_path)

    for one in (model, loaded):
        (found,) = one.predict([Sample(text="book a flight to Rome please")])
        assert found.label == "book"
        assert found.spans == (Span(17, 21, "city", "to"),)


def test_without_labels_there_are_entities_alone() -> None:
    samples = [_sample(city, 0) for city in CITIES]
    model = _train([Sample(text=one.text, spans=one.spans) for one in samples])

    (found,) = model.predict([Sample(text="book a flight to Oslo please")])

    assert (found.label, found.ranking) == ("", ())
    assert [span.name for span in found.spans] == ["city"]


def test_without_any_entity_nothing_can_be_learnt() -> None:
    with pytest.raises(TrainingError, match="no text has an entity"):
        _train([Sample(text="hello", label="greet")])


def test_of_overlapping_spans_the_longest_is_learnt() -> None:
    spans = (Span(0, 8, "name"), Span(4, 8, "place"), Span(9, 12, "x"))

    assert without_overlaps(spans) == (spans[0], spans[2])
    model = _train([Sample(text="New York abc", spans=spans)] * 3)
    assert [span.name for span in model.predict([Sample(text="New York abc")])[0].spans]


@pytest.mark.parametrize("text", ["", "🎉", "x" * 10_000, "مرحبا", "ｆｌｉｇｈｔ"])
def test_any_text_gets_an_answer_inside_itself(text: str) -> None:
    model = _train([_sample(city, 0) for city in CITIES])

    (found,) = model.predict([Sample(text=text)])

    assert all(0 <= span.start < span.end <= len(text) for span in found.spans)
