"""Entity markup: offsets in code points, and a round trip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.formats.markup import MarkupError, parse, render
from bot.types import Entity

_TEXT = st.text(alphabet="ab 你好👋é\n", max_size=8)
_SURFACE = st.text(alphabet="xy 城市🏠.", min_size=1, max_size=5)
_NAME = st.text(alphabet="abc_#城", min_size=1, max_size=4)
_VALUE = st.none() | st.text(alphabet="v\"{}[]()': 值", min_size=1, max_size=5)
_LABEL = st.none() | st.text(alphabet="rg1 ", min_size=1, max_size=3)


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, tuple[Entity, ...]]:
    """Return a text with entities in order."""
    text, entities = draw(_TEXT), list[Entity]()
    for _ in range(draw(st.integers(0, 3))):
        surface, value = draw(_SURFACE), draw(_VALUE)
        entities.append(
            Entity(
                name=draw(_NAME),
                value=surface if value is None else value,
                start=len(text),
                end=len(text) + len(surface),
                role=draw(_LABEL),
                group=draw(_LABEL),
            )
        )
        text += surface + draw(_TEXT)
    return text, tuple(entities)


@given(marked())
def test_markup_reads_back_as_it_was_written(case: tuple[str, tuple[Entity, ...]]) -> None:
    text, entities = case

    found = parse(render(text, entities))

    assert (found.text, found.entities) == (text, entities)


@given(marked())
def test_offsets_count_code_points(case: tuple[str, tuple[Entity, ...]]) -> None:
    found = parse(render(*case))

    for entity, surface in zip(found.entities, case[1], strict=True):
        assert found.text[entity.start : entity.end] == case[0][surface.start : surface.end]


@given(st.text(alphabet="[](){}:ab", max_size=12))
def test_any_text_is_read_or_told_to_be_broken(text: str) -> None:
    try:
        parse(text)
    except MarkupError as error:
        assert 0 <= error.offset <= len(text)


@pytest.mark.parametrize("text", ['a [x]{"entity": "e"', 'a [x][{"entity": "e"}', "a [x]{}"])
def test_an_annotation_without_an_end_stays_text(text: str) -> None:
    found = parse(text)

    assert (found.text, found.entities, found.unread) == (text, (), (5,))


def test_of_a_list_only_the_mappings_count() -> None:
    found = parse('a [x][{"entity": "e"}, 5, {}]')

    assert [(item.name, item.value) for item in found.entities] == [("e", "x")]


def test_several_entities_may_share_a_text() -> None:
    found = parse('the [both][{"entity": "a"}, {"entity": "b", "role": "r"}] thing')

    assert found.text == "the both thing"
    assert [(item.name, item.role) for item in found.entities] == [("a", None), ("b", "r")]


@pytest.mark.parametrize(
    "text", ["a [b] c", "[a] (b)", "[](x)", "[a](", '/ask{"a": ["b"]}', "[a]()", "x [1][2]"]
)
def test_other_brackets_stay(text: str) -> None:
    assert parse(text).text == text


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ('[x]{"entity": }', 14, "broken entity annotation"),
        ('a [x]{"entity": "e", "value": true}', 5, "`value` of the entity annotation"),
        ('[x]{"role": "r"}', 3, "names no `entity`"),
    ],
)
def test_broken_markup_is_told_with_its_offset(text: str, offset: int, words: str) -> None:
    with pytest.raises(MarkupError, match=words) as caught:
        parse(text)

    assert caught.value.offset == offset
