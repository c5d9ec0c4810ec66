"""Units and tags."""

from __future__ import annotations

import pytest

from bot.ngc.tasks.sample import Sample, Span
from bot.ngc.transformer.units import TagSet, choose_granularity, units_of

FROM_TO = TagSet((("city", "from", None), ("city", "to", None)))


def test_a_word_ends_at_blanks_and_a_token_at_punctuation_digits_and_han_characters() -> None:
    text = "don't 退款25USD"

    assert [text[start:end] for start, end in units_of(text, "word")] == ["don't", "退款25USD"]
    tokens = [text[start:end] for start, end in units_of(text, "token")]
    assert tokens == ["don", "'", "t", "退", "款", "25", "USD"]


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("fly to New York", Span(7, 15, "city"), "word"),
        ("fly to Rome, please", Span(7, 11, "city"), "token"),
        ("ticketRome", Span(6, 10, "city"), "character"),
    ],
    ids=["blanks", "comma", "inside a word"],
)
def test_units_are_as_coarse_as_the_borders_of_spans_allow(
    text: str, span: Span, expected: str
) -> None:
    assert choose_granularity([Sample(text=text, spans=(span,))]) == expected


def test_tags_keep_neighbouring_spans_roles_and_groups_apart() -> None:
    text = "Rome Oslo New York"
    spans = (
        Span(0, 4, "city", "from"),
        Span(5, 9, "city", "from"),
        Span(10, 18, "city", "to"),
    )
    units = units_of(text, "word")

    tags = FROM_TO.tags(units, spans)

    assert tags == [1, 1, 3, 4]
    assert FROM_TO.spans(units, tags) == spans


def test_of_spans_that_overlap_the_one_that_starts_first_counts() -> None:
    units = units_of("a b c", "word")
    spans = (Span(2, 5, "city", "to"), Span(0, 3, "city", "from"))

    assert FROM_TO.tags(units, spans) == [1, 2, 0]


def test_names_that_training_did_not_have_get_no_tag() -> None:
    assert FROM_TO.tags(units_of("Rome", "word"), [Span(0, 4, "river")]) == [0]


def test_a_span_goes_on_only_after_itself() -> None:
    forbidden = FROM_TO.forbidden()

    assert not forbidden[1, 2] and not forbidden[2, 2] and not forbidden[0, 1]
    assert forbidden[0, 2] and forbidden[3, 2] and forbidden[4, 2]
    assert forbidden[-1, 2] and not forbidden[-1, 1]
