"""The light trainer of relations, and the step of the pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import TrainingError
from bot.ngc.component import Draft
from bot.ngc.relations.clues import clues_of
from bot.ngc.relations.extractor import RelationExtractor
from bot.ngc.relations.model import RelationModel
from bot.ngc.relations.pairs import pairs_of, samples_of
from bot.ngc.relations.train import train_relations
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.sample import NO_RELATION, Sample, Span
from bot.project import RelationExample
from bot.types import Entity
from knowledge.languages import BilingualEmbedder, detect_language
from tests.bot.builders import domain, project


def pair(text: str, head: str, tail: str, label: str = "") -> Sample:
    spans = [Span(text.index(one), text.index(one) + len(one), "x") for one in (head, tail)]
    return Sample(text=text, label=label, spans=tuple(spans))


LESSONS = [
    pair("the lamp is made by Ora", "lamp", "Ora", "maker"),
    pair("a tent made by Zelt", "tent", "Zelt", "maker"),
    pair("this kettle, made by Kessel", "kettle", "Kessel", "maker"),
    pair("the lamp is sold in Graz", "lamp", "Graz", "place"),
    pair("a tent sold in Linz", "tent", "Linz", "place"),
    pair("this kettle, sold in Wien", "kettle", "Wien", "place"),
]


def learn(samples) -> RelationModel:
    lesson = Lesson(task="relations", train=samples)
    return train_relations(lesson, lambda _what, _share: None)


def test_the_words_between_tell_and_the_model_can_be_read_back(tmp_path: Path) -> None:
    model = learn(LESSONS)
    asked = [pair("a drone made by Fly", "drone", "Fly"), pair("sold in Rom: a mug", "mug", "Rom")]
    assert [one.label for one in model.predict(asked)] == ["maker", "place"]
    model.save(tmp_path)
    read = RelationModel.load(tmp_path)
    assert [one.label for one in read.predict(asked)] == ["maker", "place"]
    assert read.ontology == model.ontology


def test_types_that_never_had_a_relation_do_not_get_it() -> None:
    typed = [
        Sample(text=one.text, label=one.label, spans=(one.spans[0], Span(*place, kind)))
        for one in LESSONS
        for kind in [{"maker": "firm", "place": "town"}[one.label]]
        for place in [(one.spans[1].start, one.spans[1].end)]
    ]
    town = Span(18, 21, "town")
    asked = Sample(text="a drone made by a Fly", spans=(Span(2, 7, "x"), town))
    assert learn(typed).predict([asked])[0].label == "place"


def test_a_pair_without_a_tail_is_named_with_its_line() -> None:
    with pytest.raises(TrainingError, match="line 7"):
        learn([*LESSONS, Sample(text="a lamp", label="maker", spans=(Span(2, 6, "x"),), line=7)])
    with pytest.raises(TrainingError, match="two different labels"):
        learn(LESSONS[:3])


def test_direction_matters() -> None:
    there = pair("Ann likes Bob", "Ann", "Bob")
    back = Sample(text=there.text, spans=there.spans[::-1])
    assert set(clues_of(there)) != set(clues_of(back))


@pytest.mark.parametrize(
    ("first", "second"), [((0, 4), (0, 4)), ((0, 4), (2, 6)), ((2, 4), (0, 6)), ((0, 1), (9, 10))]
)
def test_overlapping_spans_and_the_edges_of_a_text_are_read(first, second) -> None:
    assert clues_of(Sample(text="0123456789", spans=(Span(*first, "a"), Span(*second, "b"))))


KETTLE = RelationExample(
    text="my kettle leaks, the tent is fine",
    entities=(
        Entity(name="product", value="kettle", start=3, end=9),
        Entity(name="problem", value="leaks", start=10, end=15),
        Entity(name="product", value="tent", start=21, end=25),
    ),
    relations=((0, "has_defect", 1),),
)


def test_pairs_of_other_types_are_no_candidates_and_unlinked_ones_are_none() -> None:
    samples = samples_of([KETTLE])
    assert [one.label for one in samples] == ["has_defect", NO_RELATION]
    assert [len(one.spans) for one in samples] == [3, 3]
    assert pairs_of("a", [], {("product", "problem")}) == []


def extractor(**settings) -> RelationExtractor:
    step = RelationExtractor(settings, BilingualEmbedder())
    step.train([], project(domain()))
    return step


def told(step: RelationExtractor, text: str, *entities: Entity) -> set[tuple[str, str, str]]:
    language = detect_language(text, "en")
    draft = step.process(Draft(text=text, language=language, space=language, entities=entities))
    assert draft.entities == entities
    return {(str(r.head.value), r.name, str(r.tail.value)) for r in draft.relations}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("please refund €12.50 to my credit card", ("€12.50", "refund_to", "credit card")),
        ("I live in Innsbruck", ("I", "lives_in", "Innsbruck")),
        ("请把88元退到我的信用卡", ("88元", "refund_to", "信用卡")),
        ("我住在成都", ("我", "lives_in", "成都")),
    ],
)
def test_the_shipped_model_finds_relations_in_both_languages(text: str, expected) -> None:
    assert expected in told(extractor(), text)


def test_what_the_project_found_goes_first_under_the_name_that_it_is_given() -> None:
    text = "my frobnicator leaks at the bottom"
    thing = Entity(name="article", value="FROB-1", start=3, end=14)
    step = extractor(entities={"article": "product"})
    assert ("FROB-1", "has_defect", "leaks at the bottom") in told(step, text, thing)


@pytest.mark.parametrize("text", ["", " ", "👍", "x" * 3000, "水" * 3000, "]( [", "﷽ مرحبا"])
def test_odd_texts_have_no_relations(text: str) -> None:
    assert told(extractor(), text) == set()
