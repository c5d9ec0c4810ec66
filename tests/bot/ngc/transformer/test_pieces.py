"""Texts as pieces."""

from __future__ import annotations

import pytest

from bot.ngc.tasks.sample import Sample, Span
from bot.ngc.transformer.pieces import Pieces, spelling_of
from knowledge.minilm import TOKENIZER

JSON = TOKENIZER.read().decode("utf-8")


def spelt(pieces: Pieces, ids: tuple[int, ...]) -> list[str]:
    return [pieces._tokenizer.id_to_token(row) for row in ids]


def test_each_unit_begins_where_it_says() -> None:
    pieces = Pieces(JSON, granularity="word", has_spellings=True)

    found = pieces.encode(Sample(text="Unbelievability good 金 \x00"))

    tokens = spelt(pieces, found.ids)
    starts = [tokens[place] for place in found.firsts]
    assert starts == ["un", "good", "金", "[UNK]"]
    assert len(found.units) == 4 and len(found.spellings) == len(found.ids)


def test_an_empty_text_is_the_two_ends() -> None:
    for pieces in (Pieces(JSON), Pieces(JSON, granularity="token")):
        found = pieces.encode(Sample(text="  "))

        assert spelt(pieces, found.ids) == ["[CLS]", "[SEP]"] and found.spots == ((0, 2),)


def test_a_long_text_is_cut_and_its_units_with_it() -> None:
    found = Pieces(JSON, granularity="word").encode(Sample(text="money " * 2_000), limit=20)

    assert len(found.ids) == 20 and len(found.units) == len(found.firsts) == 18


def test_marks_stand_around_head_and_tail_even_if_one_is_inside_the_other() -> None:
    pieces = Pieces(JSON)
    spans = (Span(4, 16, "thing"), Span(10, 16, "thing"))

    found = pieces.encode_relation(Sample(text="the coffee filter", spans=spans))

    tokens = spelt(pieces, found.ids)
    parts = [tokens[start:end] for start, end in found.spots[:2]]
    assert parts[0][0] == parts[0][-1] == "$" and "coffee" in parts[0]
    assert parts[1][0] == parts[1][-1] == "#" and "coffee" not in parts[1]


def test_where_an_entity_ends_its_mark_comes_before_that_of_the_next() -> None:
    pieces = Pieces(JSON)
    spans = (Span(3, 6, "tail first"), Span(0, 3, "head second"))

    tokens = spelt(pieces, pieces.encode_relation(Sample(text="redcar", spans=spans)).ids)

    assert tokens == ["[CLS]", "#", "red", "#", "$", "car", "$", "[SEP]"]


def test_of_a_long_text_the_part_around_the_relation_is_kept() -> None:
    pieces = Pieces(JSON)
    before = "well " * 300
    start = len(before)
    spans = (Span(start, start + 5, "order"), Span(start + 10, start + 16, "problem"))

    found = pieces.encode_relation(Sample(text=f"{before}order has defect", spans=spans), limit=32)

    tokens = spelt(pieces, found.ids)
    assert len(tokens) <= 32 and "order" in tokens and "defect" in tokens
    assert all(0 < start < end < len(tokens) for start, end in found.spots[:2])


def test_a_relation_without_entities_is_read_as_a_text() -> None:
    pieces = Pieces(JSON)

    tokens = spelt(pieces, pieces.encode_relation(Sample(text="order late")).ids)

    assert tokens == ["[CLS]", "$", "$", "#", "#", "order", "late", "[SEP]"]


@pytest.mark.parametrize(
    "text",
    ["\ud800 broken", "🎉🎉", "שלום עולם", "ｆｕｌｌ　ｗｉｄｔｈ", "\u200d\ufe0f"],
    ids=["surrogate", "emoji", "right to left", "full width", "joiners"],
)
def test_any_text_has_pieces(text: str) -> None:
    found = Pieces(JSON, granularity="token").encode(Sample(text=text))

    assert len(found.ids) >= 2 and len(found.units) == len(found.firsts)


def test_spellings_tell_what_an_encoder_without_capitals_cannot_see() -> None:
    words = ["paris", "Paris", "NATO", "A4", "@anna", "iPhone", "!?"]

    assert len({spelling_of(word) for word in words}) == len(words)
