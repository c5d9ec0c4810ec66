"""Chunks: every word once, in its section, cut at joints, and never too long."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.chunks import chunk, language_of, size
from knowledge.sources.article import Article, Block, heading, paragraph, table
from knowledge.sources.source import Metadata
from knowledge.types import Passage


def chunks(*blocks: Block, title: str = "Help", max_chars: int = 120) -> tuple[Passage, ...]:
    return chunk(
        Article(metadata=Metadata(title=title), blocks=blocks), "a.md", max_chars=max_chars
    )


def texts(*blocks: Block, max_chars: int = 120) -> list[str]:
    return [passage.text for passage in chunks(*blocks, max_chars=max_chars)]


def test_sections_are_not_mixed_and_know_their_headings() -> None:
    found = chunks(
        paragraph("Welcome."),
        heading("Returns", 1),
        paragraph("30 days."),
        heading("Costs", 2),
        paragraph("Free."),
        heading("Delivery", 1),
        paragraph("3 days."),
    )

    assert [(item.title, item.headings, item.text) for item in found] == [
        ("Help", (), "Welcome."),
        ("Returns", ("Help",), "30 days."),
        ("Costs", ("Help", "Returns"), "Free."),
        ("Delivery", ("Help",), "3 days."),
    ]


def test_short_paragraphs_share_a_passage() -> None:
    assert texts(paragraph("One."), paragraph("Two."), paragraph("T" * 115)) == [
        "One.\n\nTwo.",
        "T" * 115,
    ]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    sentences = [f"This is sentence number {number} of a text." for number in range(9)]

    found = texts(paragraph(" ".join(sentences)))

    assert " ".join(found) == " ".join(sentences)
    assert all(text.endswith("text.") for text in found)


def test_chinese_counts_twice_and_is_cut_between_sentences() -> None:
    found = texts(
        paragraph("".join(f"这是第{number}个句子，说明如何退货。" for number in range(9)))
    )

    assert all(text.endswith("。") for text in found)
    assert all(len(text) <= 65 for text in found)


def test_the_parts_of_a_table_all_name_the_columns() -> None:
    rows = [["Country", "Price"], *([f"Country {number}", f"{number}.90"] for number in range(20))]

    found = texts(table(rows))

    assert len(found) > 2
    assert all(text.startswith("| Country | Price |\n|---|---|\n| Country ") for text in found)
    assert sum(text.count(".90") for text in found) == 20


def test_a_list_is_cut_between_items_and_keeps_its_introduction() -> None:
    items = "\n".join(f"- item number {number}\n  - with a detail" for number in range(8))

    found = texts(paragraph("You need:"), Block(kind="list", text=items))

    assert all(text.startswith("You need:\n\n- item number") for text in found)
    assert all(text.endswith("  - with a detail") for text in found)


def test_code_stays_code_when_it_is_cut() -> None:
    lines = "\n".join(f"command number {number}" for number in range(20))

    found = texts(Block(kind="code", text=f"```sh\n{lines}\n```"))

    assert all(text.startswith("```sh\n") and text.endswith("\n```") for text in found)


def test_what_says_nearly_the_same_comes_once() -> None:
    text = (
        "Our team is happy to help you on every working day, also by telephone. Write to us if a"
        " parcel is late, if something broke on its way, or if you would like another colour. We"
        " answer within one day, and never ask for your password."
    )
    same, other = text.replace("happy", "glad"), text.replace("one day", "2 days")

    found = chunks(*(paragraph(one) for one in (text, same, other, text)), max_chars=300)

    assert [passage.text for passage in found] == [text, other]


def test_numbers_make_the_difference() -> None:
    found = texts(
        *(paragraph(f"{'You may return it within '} {days} days. " * 3) for days in (14, 30))
    )

    assert len(found) == 2


def test_the_id_of_a_passage_stays_while_its_text_does() -> None:
    before = chunks(heading("A", 1), paragraph("One."), heading("B", 1), paragraph("Two."))
    after = chunks(heading("New", 1), paragraph("New."), heading("B", 1), paragraph("Two."))

    assert before[1].id == after[1].id
    assert before[0].id != after[0].id


def test_what_is_known_of_the_document_is_known_of_its_passages() -> None:
    about = Metadata(
        title="T", url="https://shop.example/t", language="de", tags=("a",), audience=("staff",),
        valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31),
    )  # fmt: skip

    (passage,) = chunk(Article(metadata=about, blocks=(paragraph("Text."),)), "a.md")

    assert (passage.source, passage.language) == ("https://shop.example/t", "de")
    assert (passage.tags, passage.audience) == (("a",), ("staff",))
    assert (passage.valid_from, passage.valid_until) == (date(2026, 1, 1), date(2026, 12, 31))
    assert passage.document == "a.md"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I return it?", "en"),
        ("怎么退货？", "zh"),
        ("请在 iPhone 的 Settings 里打开定位服务，然后重新登录", "zh"),
        ("The tea 龙井 is back in our shop", "en"),
        ("2026-12-01", "en"),
    ],
)
def test_the_language_is_that_of_most_words(text: str, expected: str) -> None:
    assert language_of(text) == expected


BLOCKS = st.builds(
    Block,
    kind=st.sampled_from(["heading", "paragraph", "list", "table", "code"]),
    text=st.text(st.sampled_from("ab 你。.!\n-|`1"), min_size=1, max_size=400),
    level=st.integers(1, 6),
)


@given(st.lists(BLOCKS, max_size=8), st.integers(20, 200))
def test_no_passage_is_too_long_and_no_letter_is_lost(blocks: list[Block], max_chars: int) -> None:
    found = chunks(*blocks, max_chars=max_chars)

    assert all(size(passage.text) <= max_chars for passage in found)
    written = {c for block in blocks if block.kind != "heading" for c in block.text} & set("ab你1")
    assert written <= {c for passage in found for c in passage.text}
