"""Labelled files of every shape become samples, and all mistakes are told at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.reader import read_samples
from bot.ngc.tasks.sample import NO_RELATION, OUT_OF_SCOPE, Sample, Span


def _file(folder: Path, name: str, contents: str, encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_bytes(contents.encode(encoding))
    return file


def _lines(folder: Path, *rows: object) -> Path:
    return _file(folder, "rows.jsonl", "\n".join(json.dumps(row) for row in rows))


def _refusal(file: Path, task: TaskName = "intent") -> str:
    with pytest.raises(BotError) as caught:
        read_samples(file, task)
    return str(caught.value)


def _texts(sample: Sample) -> list[str]:
    return [sample.text[span.start : span.end] for span in sample.spans]


def test_a_table_is_read_with_its_splits_and_lines(tmp_path: Path) -> None:
    file = _file(
        tmp_path,
        "intents.csv",
        'text,intent,split,kind\n"a, b\nc",greet,train,x\nok,oos,oos_val,y\n',
    )

    first, second = read_samples(file, "intent")

    assert (first.text, first.label, first.split, first.line) == ("a, b\nc", "greet", "train", 2)
    assert (second.label, second.split, second.line) == (OUT_OF_SCOPE, "valid", 4)


def test_a_byte_order_mark_belongs_to_no_name(tmp_path: Path) -> None:
    file = _file(tmp_path, "bom.csv", "text,label\n好评,1\n", "utf-8-sig")

    (sample,) = read_samples(file, "sentiment")

    assert (sample.text, sample.label) == ("好评", "1")


@pytest.mark.parametrize("name", ["valid", "val", "dev", "validation", "oos_valid", "VAL"])
def test_all_names_of_the_validation_part_mean_it(tmp_path: Path, name: str) -> None:
    file = _file(tmp_path, "intents.csv", f"text,intent,split\nhi,greet,{name}\n")

    assert read_samples(file, "intent")[0].split == "valid"


def test_spans_keep_role_and_group_and_come_in_order(tmp_path: Path) -> None:
    entities = [
        {"start": 8, "end": 12, "entity": "city", "role": "to", "group": "1", "value": "Rome"},
        {"start": 0, "end": 4, "entity": "city", "role": "from", "value": "Oslo"},
    ]
    file = _lines(tmp_path, {"text": "Oslo to Rome", "intent": "go", "entities": entities})

    (sample,) = read_samples(file, "slots")

    assert sample.label == "go"
    assert sample.spans == (Span(0, 4, "city", "from"), Span(8, 12, "city", "to", "1"))


def test_tags_of_tokens_become_spans_as_conlleval_reads_them(tmp_path: Path) -> None:
    row = {
        "tokens": ["New", "York", "Rome", "Oslo", "x"],
        "tags": ["B-city", "I-city", "B-city", "I-place", "O"],
        "intent": "<NULL>",
    }

    (sample,) = read_samples(_lines(tmp_path, row), "slots")

    assert sample.label == ""
    assert _texts(sample) == ["New York", "Rome", "Oslo"]
    assert [span.name for span in sample.spans] == ["city", "city", "place"]


def test_chinese_tokens_are_joined_without_spaces(tmp_path: Path) -> None:
    row = {"tokens": ["去", "北", "京", "Hotel", "Inn"], "tags": ["O", "B-c", "I-c", "O", "O"]}

    (sample,) = read_samples(_lines(tmp_path, row), "ner")

    assert sample.text == "去北京Hotel Inn"
    assert _texts(sample) == ["北京"]


def test_marked_relations_lose_their_marks(tmp_path: Path) -> None:
    row = {"text_marked": "The <e2> cup </e2> holds <e1>tea</e1>.", "relation": "In(e1,e2)"}

    (sample,) = read_samples(_lines(tmp_path, row), "relations")

    assert sample.text == "The cup holds tea."
    assert _texts(sample) == ["tea", "cup"]


def test_named_relations_are_found_apart_from_each_other(tmp_path: Path) -> None:
    row = {"text": "东方航空与东方合作", "head": "东方航空", "tail": "东方", "relation": "合作"}

    (sample,) = read_samples(_lines(tmp_path, row), "relations")

    assert [(span.start, span.end) for span in sample.spans] == [(0, 4), (5, 7)]


def test_listed_relations_give_every_ordered_pair(tmp_path: Path) -> None:
    row = {"text": "My [mug](product) [leaks](problem)", "relations": [[0, "has_defect", 1]]}

    first, second = read_samples(_lines(tmp_path, row), "relations")

    assert (first.text, first.label, _texts(first)) == (
        "My mug leaks", "has_defect", ["mug", "leaks"],
    )  # fmt: skip
    assert (second.label, _texts(second)) == (NO_RELATION, ["leaks", "mug"])


def test_a_project_and_its_file_of_examples_are_read(tmp_path: Path) -> None:
    text = 'version: "3.1"\nnlu:\n- intent: go\n  examples: |\n    - to [Rome](city)\n'
    (tmp_path / "data").mkdir()
    file = _file(tmp_path / "data", "nlu.yml", text)

    assert read_samples(file, "slots") == read_samples(tmp_path, "slots")
    (sample,) = read_samples(file, "slots")
    assert (sample.text, sample.label, sample.spans) == ("to Rome", "go", (Span(3, 7, "city"),))


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    file = _file(
        tmp_path,
        "rows.jsonl",
        '{"text": "ok", "intent": "a"}\n{"intent": "a"}\n[1]\n\n{"text": "b"\n{"text": "c"}\n',
    )

    told = _refusal(file).splitlines()

    assert [line.split(":")[1] for line in told] == ["2", "3", "5", "6"]
    assert "no label" in told[-1] and "fill the column" in told[-1]


def test_an_entity_outside_its_text_is_a_mistake(tmp_path: Path) -> None:
    row = {"text": "Rome", "entities": [{"start": 0, "end": 9, "entity": "city"}]}

    assert ":1:1: the entity `city` is at 0-9" in _refusal(_lines(tmp_path, row), "ner")


def test_tokens_without_a_tag_each_are_a_mistake(tmp_path: Path) -> None:
    row = {"tokens": ["a", "b"], "tags": ["O"]}

    assert "2 tokens, but 1 tags" in _refusal(_lines(tmp_path, row), "ner")


def test_a_file_of_another_kind_tells_a_few_mistakes_only(tmp_path: Path) -> None:
    told = _refusal(_file(tmp_path, "rows.jsonl", "nonsense\n" * 500)).splitlines()

    assert len(told) == 20
    assert "481 more mistakes" in told[-1]


def test_a_table_without_a_header_is_one_mistake(tmp_path: Path) -> None:
    (told,) = _refusal(_file(tmp_path, "a.csv", "hello,greet\nbye,goodbye\n")).splitlines()

    assert "no column for the text; the header names hello, greet" in told


@pytest.mark.parametrize(
    ("name", "contents", "told"),
    [
        ("a.xlsx", b"", "unknown kind"),
        ("a.csv", b"text,intent\n", "holds no labelled texts"),
        ("a.csv", b"text,intent\nhi,\xff\n", "a.csv:2:1: the text is not UTF-8"),
        ("a.csv", b'text,intent\n"hi,greet\n', "cannot be read"),
        ("a.csv", b"text,intent\nhi, you,greet\n", "3 cells, but the header names 2"),
    ],
)
def test_unusable_files_are_refused(tmp_path: Path, name: str, contents: bytes, told: str) -> None:
    file = tmp_path / name
    file.write_bytes(contents)

    assert told in _refusal(file)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "no.csv does not exist" in _refusal(tmp_path / "no.csv")
