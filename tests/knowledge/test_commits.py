"""Commits of the knowledge base: whole or not at all, whoever reads or dies meanwhile."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge import commit
from knowledge.base import KnowledgeBase
from knowledge.index_faiss import FaissIndex
from knowledge.languages import BilingualEmbedder
from knowledge.manifest import Manifest
from knowledge.segment import Segment
from knowledge.types import Passage
from tests.knowledge.test_base import passage

DIM = 16


class Hashing:
    """Gives each text a direction of its own, at no cost."""

    name, dim = "hashing", DIM

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        digests = [hashlib.sha256(text.encode()).digest()[:DIM] for text in texts]
        vectors = np.array([list(digest) for digest in digests], np.float32) - 127.5
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


EMBEDDER = BilingualEmbedder(english=Hashing(), multilingual=Hashing())


def opened(folder: Path) -> KnowledgeBase:
    return KnowledgeBase.open(folder, embedder=EMBEDDER)


def numbered(number: int, words: str = "") -> Passage:
    title = f"Question {number} {words}".strip()
    return passage(f"p{number}", "en", title, document=f"d{number % 3}")


numbers = st.integers(0, 11)
changes = st.lists(
    st.tuples(
        st.dictionaries(numbers, st.sampled_from(["", "red", "blue"]), max_size=5),
        st.sets(numbers, max_size=3),
        st.sets(st.integers(0, 2), max_size=1),
    ),
    max_size=6,
)


@given(changes)
@settings(max_examples=25)
def test_any_sequence_of_changes_leaves_what_a_dictionary_would_hold(
    sequence: list[tuple[dict[int, str], set[int], set[int]]],
) -> None:
    expected: dict[str, Passage] = {}
    with TemporaryDirectory() as scratch:
        base = opened(Path(scratch))
        for added, removed, documents in sequence:
            keys = {f"en/p{number}" for number in removed} & expected.keys()
            gone = {f"d{number}" for number in documents}
            new = [numbered(number, words) for number, words in added.items()]
            base.apply(added=new, removed_documents=gone, removed_passages=keys)
            expected = {
                key: one
                for key, one in expected.items()
                if key not in keys and one.document not in gone
            } | {one.key: one for one in new}

        again = opened(Path(scratch))
        assert {one.key: one for one in again.passages()} == expected
        assert set(again.documents()) == {one.document for one in expected.values()}
        for one in expected.values():
            best = again.search(one.title, "en", 1)[0]
            assert best.passage == one
            assert best.score == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize(
    ("owner", "name"),
    [(FaissIndex, "add"), (commit, "write_segment"), (Manifest, "write")],
)
def test_a_commit_that_ends_on_the_way_leaves_the_old_state_and_can_be_made_again(
    owner: type, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path).apply(added=[numbered(1)])
    whole = getattr(owner, name)

    def dying(*values: object, **named: object) -> None:
        if name != "write":
            whole(*values, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, dying)
        with pytest.raises(KeyboardInterrupt):
            opened(tmp_path).apply(added=[numbered(2)], removed_passages=["en/p1"])

    base = opened(tmp_path)
    assert [one.key for one in base.passages()] == ["en/p1"]
    base.apply(added=[numbered(2)], removed_passages=["en/p1"])
    assert [one.key for one in opened(tmp_path).passages()] == ["en/p2"]
    assert opened(tmp_path).search(numbered(2).title, "en", 1)[0].score > 0.99


def test_searches_go_on_while_another_process_commits(tmp_path: Path) -> None:
    writer, reader = opened(tmp_path), opened(tmp_path)
    writer.apply(added=[numbered(0), *(numbered(number) for number in range(100, 120))])
    stopped, failures, searches = threading.Event(), [], [0]

    def read() -> None:
        while not stopped.is_set():
            reader.reload()
            hits = reader.search(numbered(0).title, "en", 1)
            searches[0] += 1
            if not hits or hits[0].passage.key != "en/p0":
                failures.append(hits)

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(1, 30):
        gone = [f"en/p{number + 90}"] if number >= 10 else []
        writer.apply(added=[numbered(number)], removed_passages=gone)
    stopped.set()
    thread.join()

    assert failures == []
    assert searches[0] > 0
    assert len(opened(tmp_path)) == len(writer)


def test_segments_stay_few_and_old_files_go(tmp_path: Path) -> None:
    base = opened(tmp_path)
    for number in range(40):
        base.apply(added=[numbered(number)])

    segments = base.snapshot.segments
    assert len(segments) <= 4
    assert isinstance(segments[0], Segment) and len(base) == 40
    assert len(list((tmp_path / "segments").iterdir())) == len(segments)
    assert len(list((tmp_path / "vectors" / "en").glob("*.faiss"))) == len(segments)
