"""Retrieval: the right passage first, the same after saving."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import DimensionMismatch, IndexDamaged, IndexEmpty
from knowledge.index import VectorIndex
from knowledge.retriever import Retriever
from knowledge.types import Passage


def passage(id: str, language: str, title: str, *questions: str) -> Passage:
    url = f"https://shop.example/{id}"
    return Passage(id=id, language=language, title=title, text="…", source=url, questions=questions)


PASSAGES = (
    passage("returns", "en", "How long can I return an item?", "What is the return window?"),
    passage("shipping", "en", "How much is delivery?"),
    passage("invoice", "en", "Where do I find my invoice?"),
    passage("returns", "zh", "多久之内可以退货？", "退货期限是多少天"),
    passage("shipping", "zh", "运费是多少？"),
    passage("invoice", "zh", "在哪里下载发票？"),
)


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    return Retriever.build(PASSAGES)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("within how many days may I send things back", "en", "returns"),
        ("shipping costs", "en", "shipping"),
        ("i need the bill as pdf", "en", "invoice"),
        ("几天内能退", "zh", "returns"),
        ("快递费多少钱", "zh", "shipping"),
        ("怎么开发票", "zh", "invoice"),
    ],
)
def test_the_right_passage_comes_first(
    retriever: Retriever, text: str, language: str, expected: str
) -> None:
    hits = retriever.retrieve(text, language, 3)

    assert hits[0].passage.id == expected
    assert hits[0].passage.language == language


def test_each_passage_is_found_once_and_ranks_count_from_zero(retriever: Retriever) -> None:
    hits = retriever.retrieve("return", "en", 10)

    assert [hit.rank for hit in hits] == [0, 1, 2]
    assert len({hit.passage.id for hit in hits}) == 3
    assert all(-1 <= hit.score <= 1 for hit in hits)


def test_the_question_itself_scores_one(retriever: Retriever) -> None:
    hit = retriever.retrieve("退货期限是多少天", "zh", 1)[0]

    assert hit.score == pytest.approx(1, abs=1e-3)
    assert hit.matched == "退货期限是多少天"


@pytest.mark.parametrize("text", ["", " ", "\x00", "?", "x" * 100_000])
def test_odd_text_never_fails(retriever: Retriever, text: str) -> None:
    assert len(retriever.retrieve(text, "en", 2)) <= 2


def test_a_language_without_passages_gives_none(retriever: Retriever) -> None:
    assert retriever.retrieve("bonjour", "fr", 2) == ()


def test_a_saved_retriever_finds_the_same(retriever: Retriever, tmp_path: Path) -> None:
    retriever.save(tmp_path)
    loaded = Retriever.load(tmp_path)

    assert loaded.passages == retriever.passages
    assert loaded.retrieve("invoice", "en") == retriever.retrieve("invoice", "en")


def test_files_that_do_not_belong_together_are_refused(
    retriever: Retriever, tmp_path: Path
) -> None:
    retriever.save(tmp_path)
    file = tmp_path / "passages.json"
    contents = json.loads(file.read_text(encoding="utf-8"))
    contents["shelves"]["en"]["passages"].pop()
    file.write_text(json.dumps(contents), encoding="utf-8")

    with pytest.raises(IndexDamaged, match="build"):
        Retriever.load(tmp_path)


def test_a_missing_or_damaged_index_is_told(retriever: Retriever, tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged):
        Retriever.load(tmp_path / "nowhere")
    retriever.save(tmp_path)
    (tmp_path / "en.faiss").write_bytes(b"no index")
    with pytest.raises(IndexDamaged):
        Retriever.load(tmp_path)


def test_the_index_refuses_what_it_cannot_do() -> None:
    index = VectorIndex(4)

    with pytest.raises(IndexEmpty):
        index.search(np.zeros((1, 4), dtype=np.float32), 1)
    with pytest.raises(DimensionMismatch):
        index.add(np.zeros((1, 5), dtype=np.float32))
