"""The knowledge base: the right passage first, and commits that are whole."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.errors import BaseReadOnly, IndexDamaged, UnknownPassage
from knowledge.languages import BilingualEmbedder
from knowledge.types import Filters, Passage

EMBEDDER = BilingualEmbedder()


def passage(id: str, language: str, title: str, *questions: str, **more: object) -> Passage:
    url = f"https://shop.example/{id}"
    values = {"text": "…", "source": url, "document": "faq", "document_hash": "1", **more}
    return Passage(id=id, language=language, title=title, questions=questions, **values)  # type: ignore


PASSAGES = (
    passage("returns", "en", "How long can I return an item?", "What is the return window?"),
    passage("shipping", "en", "How much is delivery?"),
    passage("invoice", "en", "Where do I find my invoice?"),
    passage("returns", "zh", "多久之内可以退货？", "退货期限是多少天"),
    passage("shipping", "zh", "运费是多少？"),
    passage("invoice", "zh", "在哪里下载发票？"),
)


def opened(folder: Path, **options: bool) -> KnowledgeBase:
    return KnowledgeBase.open(folder, embedder=EMBEDDER, **options)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    made = opened(tmp_path_factory.mktemp("base"))
    made.apply(added=PASSAGES)
    return made


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("within how many days may I send things back", "en", "returns"),
        ("shipping costs", "en", "shipping"),
        ("i need the bill as pdf", "en", "invoice"),
        ("几天内能退", "zh", "returns"),
        ("快递费多少钱", "zh", "shipping"),
        ("怎么开发票", "zh", "invoice"),
        ("怎么开发票", None, "invoice"),
    ],
)
def test_the_right_passage_comes_first_in_the_language_of_the_question(
    base: KnowledgeBase, text: str, language: str | None, expected: str
) -> None:
    hits = base.search(text, language, 3)

    assert hits[0].passage.id == expected
    assert hits[0].passage.language == (language or "zh")


def test_each_passage_is_found_once_and_ranks_count_from_zero(base: KnowledgeBase) -> None:
    hits = base.search("return", "en", 10)

    assert [hit.rank for hit in hits] == list(range(len(hits)))
    assert [hit.passage.language for hit in hits] == ["en"] * 3, "translations are left out"
    assert len({hit.passage.key for hit in hits}) == 3
    assert all(-1 <= hit.score <= 1 for hit in hits)


def test_the_question_itself_scores_one(base: KnowledgeBase) -> None:
    hit = base.search("退货期限是多少天", "zh", 1)[0]

    assert hit.score == pytest.approx(1, abs=1e-3)
    assert hit.matched == "退货期限是多少天"


@pytest.mark.parametrize("text", ["", " ", "\x00", "?", "x" * 100_000, "\ud800"])
def test_odd_text_never_fails(base: KnowledgeBase, text: str) -> None:
    assert len(base.search(text, "en", 2)) <= 2


def test_a_question_finds_what_is_only_written_in_another_language(tmp_path: Path) -> None:
    base = opened(tmp_path)
    base.apply(added=[PASSAGES[0], PASSAGES[1], PASSAGES[5]])

    assert base.search("多久之内可以退货？", "zh", 1)[0].passage.key == "en/returns"
    assert base.search("Where can I download the invoice?", "en", 1)[0].passage.key == "zh/invoice"


def test_another_process_sees_the_same_and_follows_commits(tmp_path: Path) -> None:
    writer, reader = opened(tmp_path), opened(tmp_path, read_only=True)
    assert not reader.reload()

    writer.apply(added=PASSAGES)

    assert reader.reload()
    assert not reader.reload()
    assert list(reader.passages()) == list(PASSAGES)
    assert reader.search("invoice", "en") == writer.search("invoice", "en")


def test_documents_are_known_by_their_hash_and_go_as_a_whole(tmp_path: Path) -> None:
    base = opened(tmp_path)
    base.apply(added=[*PASSAGES, passage("a", "en", "About us", document="about.md")])
    assert base.documents() == {"faq": "1", "about.md": "1"}

    base.apply(added=[], removed_documents=["faq"])

    assert base.documents() == {"about.md": "1"}
    assert [hit.passage.id for hit in base.search("invoice", "en")] == ["a"]


def test_a_passage_that_is_added_again_is_replaced_without_being_embedded(tmp_path: Path) -> None:
    opened(tmp_path).apply(added=PASSAGES)
    base = KnowledgeBase.open(tmp_path, embedder=_Refusing())

    base.apply(added=[dataclasses.replace(one, document_hash="2") for one in PASSAGES])

    assert base.documents() == {"faq": "2"}
    assert len(base) == len(PASSAGES)


class _Refusing(BilingualEmbedder):
    def embed(self, texts: object, language: str) -> object:  # type: ignore
        raise AssertionError(f"{texts} was embedded again")


def test_many_small_commits_hold_what_one_would(tmp_path: Path) -> None:
    base = opened(tmp_path)
    for one in PASSAGES:
        base.apply(added=[one])
    base.apply(added=[], removed_passages=["en/shipping"])

    assert {one.key for one in base.passages()} == {one.key for one in PASSAGES} - {"en/shipping"}
    assert base.search("快递费多少钱", "zh", 1)[0].passage.key == "zh/shipping"
    assert len(list((tmp_path / "segments").iterdir())) <= 3


def test_removing_an_unknown_passage_changes_nothing(tmp_path: Path) -> None:
    base = opened(tmp_path)
    base.apply(added=PASSAGES)

    with pytest.raises(UnknownPassage, match="en/nothing"):
        base.apply(added=[], removed_passages=["en/nothing"])

    assert len(base) == len(PASSAGES)


def test_a_base_opened_to_be_read_is_not_changed(tmp_path: Path) -> None:
    with pytest.raises(BaseReadOnly):
        opened(tmp_path, read_only=True).apply(added=PASSAGES)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {"open"}),
        (Filters(audience=("staff",)), {"open", "staff"}),
        (Filters(tags=("b",)), set()),
        (Filters(tags=("a",)), {"open"}),
        (Filters(on=date(2020, 1, 31)), {"open", "past"}),
        (Filters(languages=("zh",)), set()),
    ],
)
def test_filters_decide_what_may_be_found(
    tmp_path: Path, filters: Filters, expected: set[str]
) -> None:
    base = opened(tmp_path)
    base.apply(
        added=[
            passage("open", "en", "Opening hours", tags=("a",)),
            passage("staff", "en", "Opening hours of the canteen", audience=("staff",)),
            passage("past", "en", "Opening hours 2020", valid_until=date(2020, 1, 31)),
            passage("next", "en", "Opening hours 2999", valid_from=date(2999, 1, 1)),
        ]
    )

    assert {
        hit.passage.id for hit in base.search("opening hours", "en", filters=filters)
    } == expected


def test_damaged_files_are_told(tmp_path: Path) -> None:
    opened(tmp_path).apply(added=PASSAGES)
    manifest = tmp_path / "manifest.json"
    whole = manifest.read_text()

    manifest.write_text("{")
    with pytest.raises(IndexDamaged, match="sync again"):
        opened(tmp_path)
    manifest.write_text(whole)
    next((tmp_path / "vectors").rglob("*.faiss")).write_bytes(b"no index")
    with pytest.raises(IndexDamaged):
        opened(tmp_path)
