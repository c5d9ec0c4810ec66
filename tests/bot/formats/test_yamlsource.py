"""YAML 1.2: values, places, variables and mistakes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.yamlsource import Node, Report, Source, read_bytes, read_text, scalar

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def read(text: str, **environment: str) -> tuple[Source | None, Report]:
    """Return the source of `text` and its report."""
    report = Report()
    return read_text(text, "a.yml", report, environment=environment), report


def root(text: str, **environment: str) -> Node:
    """Return the nodes of `text`, which must be readable."""
    source, report = read(text, **environment)
    assert source is not None, report.errors
    return source.root


@given(_VALUES)
def test_json_reads_as_itself(value: object) -> None:
    text = json.dumps(value)

    assert root(text).plain() == value


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("C", "Z"))))
def test_a_quoted_text_stays_a_text(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"

    assert root(f"a: {quoted}").plain() == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-0x1F", -31),
        ("0b_", "0b_"),
        ("1_0.5", 10.5),
        ("9" * 6000, float("inf")),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0o17", 15),
        ("017", 17),
        ("0x1F", 31),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("3.", 3.0),
        ("-.inf", float("-inf")),
        ("12:30:00", "12:30:00"),
        ("2024-01-02", "2024-01-02"),
        ("1_000", 1000),
        ("0b11", 3),
    ],
)
def test_plain_scalars_are_read_as_rasa_reads_them(text: str, value: object) -> None:
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_every_node_knows_its_place() -> None:
    node = root("a:\n  - x\n  - key: 你好\n")

    entry = node.value["a"].list()[1]
    assert (entry.line, entry.column) == (3, 5)
    assert (entry.key("key").line, entry.value["key"].column) == (3, 10)


@given(st.integers(0, 30), st.integers(0, 10))
def test_places_count_lines_and_columns_from_one(lines: int, spaces: int) -> None:
    text = "\n" * lines + " " * spaces + "key: value"

    node = root(text)

    assert (node.line, node.column) == (lines + 1, spaces + 1)


def test_variables_are_filled_in_plain_scalars_only() -> None:
    text = "a: http://${HOST}/x\nb: '${HOST}'\nc: |\n  ${HOST}\nd: ${NONE:-there}\n"

    node = root(text, HOST="here")

    expected = {"a": "http://here/x", "b": "${HOST}", "c": "${HOST}\n", "d": "there"}
    assert node.plain() == expected


def test_a_variable_gives_a_text_even_if_it_looks_like_a_number() -> None:
    assert root("a: ${PORT}", PORT="5005").plain() == {"a": "5005"}


def test_escaped_emojis_are_decoded_in_ascii_files() -> None:
    assert root('a: "\\ud83d\\ude00 \\U0001F600"').plain() == {"a": "😀 😀"}


def test_merge_keys_and_aliases_are_read() -> None:
    node = root("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n")

    assert node.plain() == {"a": {"b": 1, "c": 2}, "d": {"c": 3, "b": 1}}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (
            "a: 1\nb: 2\na: 3",
            "3:1",
            "`a` appears twice; remove one; the first is in line 1",
        ),
        ("a:\n  b: [1, 2\nc: 3", "3:2", "close the bracket"),
        ("a: ${GONE}", "1:4", "`GONE` is not set; set it"),
        ("a:\n\tb: 1", "2:1", "indent with spaces"),
        ("a: &x [*x]", "1:4", "an alias may not contain itself"),
        ("a: b: c", "1:5", "quote a text that contains `: `"),
        ("a: 'x", "1:6", "close the quote"),
        ("--- 1\n--- 2", "2:1", "another document"),
        ("a: !odd 1", "1:4", "unknown tag `!odd`"),
        ("a: !odd [1]", "1:4", "unknown tag `!odd`"),
        ("a: !odd {b: 1}", "1:4", "unknown tag `!odd`"),
        ("a:\n  <<: 5", "2:7", "only a mapping can be merged with `<<`"),
        ("a:\n  b: \x01", "2:6", "control characters"),
    ],
)
def test_unreadable_text_is_told_with_its_place(text: str, place: str, words: str) -> None:
    source, report = read(text)

    assert source is None
    assert len(report.errors) == 1
    assert str(report.errors[0]).startswith(f"a.yml:{place}: ")
    assert words in str(report.errors[0])


def test_a_file_that_is_not_utf_8_is_told_with_its_place() -> None:
    report = Report()

    assert read_bytes("a: ä\nb: é".encode() + b"\xff", "a.yml", report) is None
    assert str(report.errors[0]).startswith("a.yml:2:5: the file is not UTF-8")


def test_a_byte_order_mark_is_skipped() -> None:
    source = read_bytes("\ufeffa: 1".encode(), "a.yml", Report())

    assert source is not None
    assert source.root.plain() == {"a": 1}


def test_an_empty_file_is_null() -> None:
    assert root("# nothing").plain() is None
