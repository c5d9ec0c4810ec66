"""Markdown, HTML, PDF, Word and plain text: what a reader gets of them, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import Unreadable
from knowledge.sources import archives
from knowledge.sources.article import Article
from knowledge.sources.docx import read_docx
from knowledge.sources.html import read_html, read_page
from knowledge.sources.markdown import read_markdown
from knowledge.sources.pdf import read_pdf
from knowledge.sources.plain import read_plain
from tests.knowledge.sources import documents

DOCUMENT_PART = "word/document.xml"


def shown(article: Article) -> list[tuple[str, str]]:
    return [
        (f"h{block.level}" if block.level else block.kind, block.text) for block in article.blocks
    ]


def test_markdown_keeps_its_structure_and_states_its_facts() -> None:
    text = (
        "---\ntitle: Returns\ntags: [returns, refund]\nvalid_until: 2026-12-31\nauthor: x\n---\n"
        "# Sending *back*\n\nText with `code`.\n\n- one\n  - deep\n- two\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\nls\n```\n"
    )

    article = read_markdown(text.encode(), "docs/returns.md")

    assert article.metadata.title == "Returns"
    assert article.metadata.tags == ("returns", "refund")
    assert article.metadata.valid_until == date(2026, 12, 31)
    assert shown(article) == [
        ("h1", "Sending back"),
        ("paragraph", "Text with `code`."),
        ("list", "- one\n  - deep\n- two"),
        ("table", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("code", "```sh\nls\n```"),
    ]


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        ("valid_from: soon", "`valid_from`: `soon` is not a day"),
        ("language: '!'", "`!` is not a language"),
        ("title: [a, b]", "`title` must be a text"),
        ("url: ftp://x", "has no http"),
        ("a: [", "front matter that is not YAML"),
        ("valid_from: 2026-02-01\nvalid_until: 2026-01-01", "is before"),
    ],
)
def test_wrong_front_matter_is_refused(stated: str, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        read_markdown(f"---\n{stated}\n---\nText.\n".encode(), "a.md")


def test_a_rule_of_dashes_is_no_front_matter() -> None:
    article = read_markdown(b"---\nplain words\n---\nText.\n", "a.md")

    assert ("paragraph", "Text.") in shown(article)


@given(st.text(max_size=300))
def test_any_markdown_is_read_or_refused(text: str) -> None:
    try:
        read_markdown(text.encode("utf-8", "replace"), "a.md")
    except Unreadable as error:
        assert error.problem


PAGE = b"""<html lang="en-GB"><head><title>Shop</title><script>steal()</script>
<style>p {color: red}</style></head><body><nav>Menu</nav><main><h1>Returns <b>policy</b></h1>
<p>Send it <a href="/back">back</a>.<br>Free of <b>charge</b>.</p>
<ul><li>One<ul><li>deep</li></ul></li><li onclick="steal()">Two</li></ul>
<table><tr><th>Country<th>Price</tr><tr><td>Germany<td>4|90</tr></table>
<details><summary>How long?</summary>30 days.</details>
<p hidden>Secret</p><noscript>no</noscript><iframe src="x">frame</iframe>
</main><footer>Imprint</footer></body></html>"""


def test_a_page_is_read_as_people_read_it() -> None:
    article = read_page(PAGE, "x", "https://shop.example/help/", "")

    assert (article.metadata.title, article.metadata.language) == ("Returns policy", "en")
    assert shown(article) == [
        ("h1", "Returns policy"),
        ("paragraph", "Send it [back](https://shop.example/back).\nFree of **charge**."),
        ("list", "- One\n  - deep\n- Two"),
        ("table", "| Country | Price |\n|---|---|\n| Germany | 4\\|90 |"),
        ("h6", "How long?"),
        ("paragraph", "30 days."),
    ]


def test_a_page_names_its_own_encoding() -> None:
    page = '<html><head><meta charset="gb2312"></head><body><p>退货</p></body></html>'

    assert shown(read_html(page.encode("gb18030"), "x")) == [("paragraph", "退货")]


@pytest.mark.parametrize("tag", ["div", "b", "ul", "table"])
def test_a_page_of_nothing_but_nesting_is_refused(tag: str) -> None:
    with pytest.raises(Unreadable, match="nests more than"):
        read_html(f"<{tag}>".encode() * 100_000, "x")


@given(st.text(st.sampled_from("<>/ abdivulitrpe=\"'&;#!-"), max_size=200))
def test_any_html_is_read(text: str) -> None:
    assert isinstance(read_html(text.encode(), "x"), Article)


def test_a_pdf_has_headings_and_no_page_numbers() -> None:
    pages = [
        [("Heading1", f"Chapter {number}"), ("BodyText", f"Text of chapter {number}. " * 20),
         ("Chinese", "您可以在收到商品后三十天内退货。" * 4)]
        for number in range(4)
    ]  # fmt: skip

    article = read_pdf(documents.pdf(pages, "Shop Ltd, page"), "handbook.pdf")

    headings = [block.text for block in article.blocks if block.kind == "heading"]
    text = "\n".join(block.text for block in article.blocks)
    assert headings == [f"Chapter {number}" for number in range(4)]
    assert "Text of chapter 3." in text
    assert "三十天内退货。您可以" in text
    assert "Shop Ltd" not in text


def test_an_encrypted_pdf_is_refused() -> None:
    data = documents.encrypted(documents.pdf([[("BodyText", "Hello")]]), "secret")

    with pytest.raises(Unreadable, match="is encrypted; save it without a password"):
        read_pdf(data, "a.pdf")


@pytest.mark.parametrize("cut", [0, 5, 200, 700], ids=["empty", "begun", "broken", "half"])
def test_a_broken_pdf_is_refused(cut: int) -> None:
    with pytest.raises(Unreadable, match=r"is no PDF, or a broken one|holds no text"):
        read_pdf(documents.pdf([[("BodyText", "Hello")]])[:cut], "a.pdf")


def test_a_pdf_without_text_is_refused() -> None:
    with pytest.raises(Unreadable, match="holds no text; it may be scanned"):
        read_pdf(documents.pdf([[("BodyText", " ")]]), "a.pdf")


def test_a_word_document_keeps_its_structure() -> None:
    article = read_docx(documents.word(), "returns.docx")

    assert shown(article) == [
        ("h1", "Returns"),
        ("paragraph", "You need:"),
        ("list", "- the box\n- the form"),
        ("h2", "Costs"),
        ("table", "| Country | Price |\n|---|---|\n| Germany | 4.90 |"),
    ]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"no archive", "is no Word document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 100, "is encrypted"),
        (documents.word()[:500], "is no Word document, or a broken one"),
        (documents.workbook([["a"]]), "is a broken Word document"),
        (documents.with_part(documents.word(), DOCUMENT_PART, b"<w:document"), "broken"),
    ],
    ids=["text", "encrypted", "cut", "excel", "xml"],
)
def test_a_broken_word_document_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        read_docx(data, "a.docx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = documents.with_part(documents.word(), DOCUMENT_PART, b"<a>" + b" " * 100_000_000)
    assert len(bomb) < 500_000

    with pytest.raises(Unreadable, match="unpacks to"):
        read_docx(bomb, "a.docx")


@pytest.mark.parametrize(
    "before", [b"", b"\xef\xbb\xbf", b"<!-- <a> -->" + b" " * 100_000], ids=["", "mark", "far"]
)
def test_xml_that_declares_entities_is_refused(before: bytes) -> None:
    attack = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    data = documents.with_part(documents.word(), "word/settings.bin", before + attack)

    with pytest.raises(Unreadable, match=r"declares XML entities in `word/settings\.bin`"):
        read_docx(data, "a.docx")


def test_many_parts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_PARTS", 3)

    with pytest.raises(Unreadable, match="parts; 3 are the limit"):
        read_docx(documents.word(), "a.docx")


def test_plain_text_has_a_title_and_paragraphs() -> None:
    article = read_plain(b"Opening hours\n\nMonday to Friday.\n\n- one\n- two\n", "a.txt")

    assert article.metadata.title == "Opening hours"
    assert shown(article) == [("paragraph", "Monday to Friday."), ("list", "- one\n- two")]
