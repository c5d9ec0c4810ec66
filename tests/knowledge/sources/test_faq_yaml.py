"""FAQ files: what they give, and where their mistakes are."""

from __future__ import annotations

import pytest

from knowledge.errors import SourceErrors
from knowledge.sources.faq_yaml import parse_faq

ENTRY = """faq:
  - id: returns
    language: en
    question: How long can I return an item?
    alternatives:
      - What is your return window?
    answer: 30 days.
    source: https://shop.example/returns
    tags: [returns]
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(SourceErrors) as caught:
        parse_faq(text, "faq.yml")
    return str(caught.value).splitlines()


def test_an_entry_becomes_a_passage() -> None:
    (passage,) = parse_faq(ENTRY, "faq.yml")

    assert passage.id == "faq.yml#returns"
    assert (passage.document, passage.source) == ("faq.yml", "https://shop.example/returns")
    assert passage.title == "How long can I return an item?"
    assert passage.questions == ("What is your return window?",)
    assert passage.text == "30 days."
    assert passage.tags == ("returns",)


def test_values_that_yaml_could_take_for_other_types_stay_text() -> None:
    (passage,) = parse_faq(ENTRY.replace("id: returns", "id: 12"), "faq.yml")

    assert passage.id == "faq.yml#12"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    answer: 30 days.\n", "", "faq.yml:2:5: the entry has no `answer`"),
        ("answer: 30 days.", "answer: ''", "faq.yml:7:13: `answer` is empty"),
        ("answer: 30 days.", "anwser: 30 days.", "did you mean `answer`?"),
        ("https://shop", "ftp://shop", "faq.yml:8:13: the source"),
        ("https://shop.example/returns", "https:///x", "names no host"),
        ("language: en", "language: '1'", "faq.yml:3:15: `1` is not a language"),
        ("tags: [returns]", "tags: returns", "faq.yml:9:11: `tags` must be a list"),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, expected: str) -> None:
    assert expected in "\n".join(mistakes(ENTRY.replace(old, new)))


def test_all_mistakes_are_told_at_once() -> None:
    text = ENTRY.replace("answer: 30 days.", "answer: ''").replace("https://", "gopher://")

    assert len(mistakes(text)) == 2


def test_an_id_may_be_used_once_per_language() -> None:
    again = ENTRY.split("\n", 1)[1]

    assert "used twice" in mistakes(ENTRY + again)[0]
    assert "line 2" in mistakes(ENTRY + again)[0]
    assert len(parse_faq(ENTRY + again.replace("language: en", "language: zh"), "faq.yml")) == 2


@pytest.mark.parametrize(
    "text", ["", "faq:", "faq: []", "faq: {}", "- 1", "answers: []", "a: [", "\x00"]
)
def test_a_file_without_entries_is_refused(text: str) -> None:
    assert mistakes(text)[0].startswith("faq.yml:")
