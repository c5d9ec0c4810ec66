"""Tables of questions in CSV, XLSX and JSON: the same passages, the same checks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import SourceErrors, Unreadable
from knowledge.sources.local import TableSource
from knowledge.types import Passage
from tests.knowledge.sources import documents

HEADER = ("id", "Question", "answer", "lang", "source", "tags", "valid until")
ROWS = (
    ("returns", "How long can I return?", "30 days, \"no\" questions", "en-GB",
     "https://shop.example/r", "returns; refund", "2026-12-31"),
    ("returns", "多久可以退货？", "三十天。", "", "", "", ""),
    ("", "", "", "", "", "", ""),
)  # fmt: skip


def as_csv(delimiter: str, encoding: str) -> bytes:
    quoted = (
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row)
        for row in (HEADER, *ROWS)
    )
    return "\r\n".join(quoted).encode(encoding)


def as_json() -> bytes:
    return json.dumps({"faq": [dict(zip(HEADER, row, strict=True)) for row in ROWS]}).encode()


def as_json_lines() -> bytes:
    return b"\n".join(json.dumps(dict(zip(HEADER, row, strict=True))).encode() for row in ROWS)


def as_xlsx() -> bytes:
    dated = [*ROWS[0][:-1], datetime(2026, 12, 31)]
    notes = [["Notes of the team"], ["call Ana"]]
    return documents.workbook([HEADER, dated, *ROWS[1:]], notes)


def passages(folder: Path, name: str, data: bytes, **options: object) -> tuple[Passage, ...]:
    (folder / name).write_bytes(data)
    return TableSource(path=folder / name, project=folder, **options).passages()  # type: ignore


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("faq.csv", lambda: as_csv(",", "utf-8")),
        ("faq.csv", lambda: as_csv(";", "utf-8-sig")),
        ("faq.tsv", lambda: as_csv("\t", "utf-16")),
        ("faq.xlsx", as_xlsx),
        ("faq.json", as_json),
        ("faq.jsonl", as_json_lines),
    ],
    ids=["comma", "semicolon", "tab", "xlsx", "json", "jsonl"],
)
def test_every_format_gives_the_same_passages(
    tmp_path: Path, name: str, make: Callable[[], bytes]
) -> None:
    english, chinese = passages(tmp_path, name, make())

    assert (english.id, english.language) == (f"{name}#returns", "en")
    assert english.title == "How long can I return?"
    assert english.text == '30 days, "no" questions'
    assert english.source == "https://shop.example/r"
    assert english.tags == ("returns", "refund")
    assert english.valid_until == date(2026, 12, 31)
    assert (chinese.id, chinese.language) == (f"{name}#returns", "zh")
    assert chinese.text == "三十天。"


def test_chinese_names_of_columns_are_known(tmp_path: Path) -> None:
    table = "问题,答案,标签\n多久可以退货？,三十天。,退货、退款\n"

    (passage,) = passages(tmp_path, "faq.csv", table.encode("gb18030"))

    assert (passage.title, passage.text) == ("多久可以退货？", "三十天。")
    assert passage.tags == ("退货", "退款")


def test_columns_may_be_renamed(tmp_path: Path) -> None:
    table = b"Frage,Antwort,Autor\nWie lange?,30 Tage.,x\n"

    (passage,) = passages(
        tmp_path, "faq.csv", table, columns={"question": "Frage", "answer": "Antwort"}
    )

    assert (passage.title, passage.text) == ("Wie lange?", "30 Tage.")


def test_only_approved_rows_count(tmp_path: Path) -> None:
    table = "approved,question,answer\nyes,a?,A\n,b?,B\nno,c?,C\nTRUE,d?,D\n是,e?,E\n"

    found = passages(tmp_path, "faq.csv", table.encode())

    assert [passage.title for passage in found] == ["a?", "d?", "e?"]


def test_an_article_in_a_row_is_cut_like_a_document(tmp_path: Path) -> None:
    text = "## Costs\n" + " ".join(f"Parcel {number} is free." for number in range(90))
    table = json.dumps([{"title": "Returns", "text": text, "url": "https://shop.example/r"}])

    found = passages(tmp_path, "articles.json", table.encode())

    assert len(found) > 1
    assert {passage.title for passage in found} == {"Costs"}
    assert {passage.headings for passage in found} == {("Returns",)}
    assert {passage.source for passage in found} == {"https://shop.example/r"}


@pytest.mark.parametrize(
    ("name", "table", "expected"),
    [
        ("a.csv", "question,anwser\na,b\n", "a.csv:1:2: unknown column `anwser`; did you mean"),
        ("a.csv", "name,text_of_law\na,b\n", "a.csv:1:1: no column holds answers"),
        ("a.csv", "question,answer\na,\n", "a.csv:2:2: `answer` is empty"),
        ("a.csv", "question,answer\n\n\na,b,c\n", "a.csv:4:1: has 3 cells, the header 2"),
        ("a.csv", 'question,answer\n"a,b\n', "is not CSV"),
        ("a.csv", "question,answer\n", "a.csv:1:1: the table is empty"),
        ("a.csv", "question,answer,url\na,b,ftp://x\n", "a.csv:2:3: the source `ftp://x` has no"),
        ("a.csv", "question,answer,valid_from\na,b,May\n", "a.csv:2:3: `valid_from`: `May` is not"),
        ("a.csv", "id,question,answer\n1,a,b\n1,c,d\n", "a.csv:3:1: the id `1` is used twice"),
        ("a.json", '[{"question": "a"},\n 5]', "a.json:1:1: no column holds answers"),
        ("a.json", '[{"question": "a", "answer": "b"},\n 5]', "a.json:2:2: an entry must be"),
        ("a.json", '[{"question": "a", "answer": "b"}', "a.json:1:1: is not JSON"),
        ("a.json", "[" * 100_000, "is not JSON"),
        ("a.jsonl", '{"question": "a", "answer": "b"}\n{"a', "a.jsonl:2:2: is not JSON"),
        ("a.jsonl", '{"question": "a", "answer": {"b": 1}}', "a.jsonl:1:1: `answer` must be"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, name: str, table: str, expected: str
) -> None:
    with pytest.raises(SourceErrors) as caught:
        passages(tmp_path, name, table.encode())

    assert expected in str(caught.value)


def test_all_mistakes_of_a_table_are_told_at_once(tmp_path: Path) -> None:
    table = b"question,answer,tags,valid_from\na,,x,1\n,b,y,2026-01-01\n"

    with pytest.raises(SourceErrors) as caught:
        passages(tmp_path, "a.csv", table)

    assert [str(one).split(":")[1:3] for one in caught.value.exceptions] == [
        ["2", "2"], ["2", "4"], ["3", "1"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"no workbook", "is no Excel workbook"),
        (documents.word(), "is a broken Excel workbook"),
        (documents.with_part(as_xlsx(), "xl/workbook.xml", b"<workbook"), "is a broken Excel"),
        (
            documents.with_part(as_xlsx(), "xl/media/a", b" " * 300_000_000),
            "unpacks to 300 MB; 200 MB are the limit",
        ),
        (
            documents.with_part(as_xlsx(), "xl/sharedStrings.xml", b"<!DOCTYPE a><a/>"),
            "declares XML entities",
        ),
    ],
    ids=["text", "word", "xml", "bomb", "entities"],
)
def test_a_workbook_that_is_none_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        passages(tmp_path, "a.xlsx", data)


@given(st.text(max_size=200), st.sampled_from(["a.csv", "a.json", "a.jsonl", "a.yml"]))
def test_any_table_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, name: str
) -> None:
    try:
        passages(tmp_path_factory.getbasetemp(), name, text.encode("utf-8", "replace"))
    except (SourceErrors, Unreadable) as error:
        assert str(error)
