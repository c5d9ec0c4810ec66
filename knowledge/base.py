"""The knowledge base of a project: a folder that is searched, and changed by whole commits."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from knowledge import manifest as manifests
from knowledge.embedder import FloatArray
from knowledge.errors import BaseReadOnly, IndexDamaged, UnknownPassage
from knowledge.files import Lock, flush
from knowledge.index import Index, IntArray
from knowledge.index_faiss import FaissIndex
from knowledge.languages import ENGLISH, BilingualEmbedder, detect_language
from knowledge.learning import Asked, alternatives, learn_all
from knowledge.manifest import Manifest, read_manifest
from knowledge.search import search
from knowledge.segment import Row, Segment, read_segment, rows_of, write_segment
from knowledge.signals import MULTILINGUAL, spaces_of
from knowledge.snapshot import Snapshot
from knowledge.types import Filters, Hit, Passage

import numpy as np  # isort: skip

Progress = Callable[[str, float], None]
"""Receives what is being done, and which share of it is done, in [0, 1]."""
SPACES: Final = (ENGLISH, MULTILINGUAL)
BATCH_ROWS: Final = 64
"""Between two reports of progress."""
GROWTH: Final = 4
"""A commit also rewrites the last segments while they are at most so many times as large as what
it adds: there are never more than a few segments, and each passage is rewritten a few times."""
FEW_QUESTIONS: Final = 50
SMALL_CHANGE: Final = 0.1
"""The ranking is fitted anew when more questions than that came or went."""
_READ_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class _Item:
    """A passage of the segment being written, and where its vectors are if it was there before."""

    passage: Passage
    old: tuple[Segment, int] | None = None


class KnowledgeBase:
    """Passages, and how they are found. Safe to use from several threads."""

    def __init__(
        self, folder: Path, embedder: BilingualEmbedder, *, read_only: bool = False
    ) -> None:
        """Hold an open base; use `open`."""
        self._folder, self._embedder, self._read_only = folder, embedder, read_only
        self._lock = threading.Lock()
        self._empty: dict[str, Index] = {
            space: FaissIndex(folder / "vectors" / space, embedder.of(space).dim)
            for space in SPACES
        }
        self._stamp: tuple[int, int] | None = None
        self._snapshot = Snapshot(Manifest(spaces=self._embedders), (), self._empty)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        embedder: BilingualEmbedder | None = None,
        read_only: bool = False,
    ) -> KnowledgeBase:
        """Return the base in `folder`, an empty one if there is none yet.

        No weights are loaded before the first search or change.

        Raises:
            IndexDamaged: its files cannot be used, or another embedder made its vectors.
        """
        base = cls(folder, embedder or BilingualEmbedder(), read_only=read_only)
        base.reload()
        return base

    def __len__(self) -> int:
        """How many passages there are."""
        snapshot = self._snapshot
        return sum(int(snapshot.alive(segment).sum()) for segment in snapshot.segments)

    @property
    def embedder(self) -> BilingualEmbedder:
        """What makes its vectors."""
        return self._embedder

    @property
    def languages(self) -> frozenset[str]:
        """The languages of its passages."""
        return self._snapshot.languages

    def documents(self) -> Mapping[str, str]:
        """Return the `document_hash` of each document."""
        return self._snapshot.documents()

    def passages(self, document: str | None = None) -> Iterator[Passage]:
        """Return the passages of the base, or of one document, the oldest first."""
        return self._snapshot.passages(document)

    def search(
        self, text: str, language: str | None, k: int = 5, *, filters: Filters = Filters()
    ) -> tuple[Hit, ...]:
        """Return the `k` passages that answer `text` best, each once; empty for an empty text.

        Args:
            text: What a customer asks.
            language: Of the text; None to detect it.
            k: How many at most.
            filters: Which passages are wanted.

        Raises:
            WeightsError: an embedder's weights are missing or were changed.
        """
        return search(self._snapshot, self._embedder, text, language, k, filters)

    def reload(self) -> bool:
        """Read what another process committed since; return whether it did. Takes microseconds.

        Raises:
            IndexDamaged: its files cannot be used, or another embedder made its vectors.
        """
        with self._lock:
            stamp = self._stamped()
            if stamp is None or stamp == self._stamp:
                return False
            for attempt in range(_READ_ATTEMPTS):
                try:
                    self._snapshot = self._read()
                    break
                except FileNotFoundError as error:
                    # A commit took files away between our reading the manifest and the files.
                    if attempt == _READ_ATTEMPTS - 1:
                        raise IndexDamaged(
                            f"{error.filename} is missing; delete {self._folder} and sync again"
                        ) from error
            self._stamp = stamp
            return True

    def apply(
        self,
        *,
        added: Iterable[Passage],
        removed_documents: Collection[str] = (),
        removed_passages: Collection[str] = (),
        progress: Progress | None = None,
    ) -> None:
        """Change the base by one commit: a process killed meanwhile leaves the old or the new state.

        Only texts that the base does not hold yet are embedded, about 2 ms each.

        Args:
            added: New passages; one that is there already (by `Passage.key`) is replaced.
            removed_documents: Ids of documents, all of whose passages go unless they are added.
            removed_passages: Keys of passages that go.
            progress: Told what is being done.

        Raises:
            BaseReadOnly: it was opened to be read.
            UnknownPassage: a key of `removed_passages` is not there.
            WeightsError: an embedder's weights are missing or were changed.
        """
        if self._read_only:
            raise BaseReadOnly(f"{self._folder} was opened to be read only")
        self._folder.mkdir(parents=True, exist_ok=True)
        with Lock(self._folder / "lock"):
            self.reload()
            self._commit(
                {passage.key: passage for passage in added},
                frozenset(removed_documents),
                frozenset(removed_passages),
                progress or (lambda _what, _share: None),
            )
            self.reload()
            self._learn()

    def learn(self, confirmed: Iterable[tuple[str, str]] = ()) -> int:
        """Fit the ranking to the base's own questions; return from how many it learnt.

        A change does this by itself when it changes many questions; confirmed answers count only
        if they are given here.

        Args:
            confirmed: Questions of customers, and the keys of the passages that answer them.

        Raises:
            BaseReadOnly: it was opened to be read.
        """
        if self._read_only:
            raise BaseReadOnly(f"{self._folder} was opened to be read only")
        with Lock(self._folder / "lock"):
            self.reload()
            asked = [
                Asked(text, detect_language(text, ENGLISH), key, None) for text, key in confirmed
            ]
            known = self._snapshot.places
            return self._learn([one for one in asked if one.key in known], force=True)

    def _learn(self, confirmed: Sequence[Asked] = (), *, force: bool = False) -> int:
        """Learn if there is enough that is new; return from how many questions."""
        old = self._snapshot
        asked = [*confirmed, *alternatives(old)]
        before = old.manifest.learnt_from
        if not force and abs(len(asked) - before) <= max(FEW_QUESTIONS, before * SMALL_CHANGE):
            return before
        weights = learn_all(old, self._embedder, asked)
        replace(
            old.manifest, commit=old.manifest.commit + 1, weights=weights, learnt_from=len(asked)
        ).write(self._folder)
        self.reload()
        return len(asked)

    @property
    def _embedders(self) -> dict[str, str]:
        return {space: self._embedder.of(space).name for space in SPACES}

    def _stamped(self) -> tuple[int, int] | None:
        """Return what changes with each commit; None without any."""
        try:
            status = (self._folder / manifests.FILE).stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_ino

    def _read(self) -> Snapshot:
        manifest = read_manifest(self._folder)
        if manifest is None:
            raise FileNotFoundError(2, "no manifest", str(self._folder / manifests.FILE))
        if manifest.spaces != self._embedders:
            raise IndexDamaged(
                f"{self._folder} was made by {dict(manifest.spaces)}, not {self._embedders};"
                " delete it and sync again"
            )
        known = {segment.first_row: segment for segment in self._snapshot.segments}
        segments = tuple(
            known.get(first) or read_segment(self._segment_folder(first), first)
            for first in manifest.segments
        )
        indexes = {
            space: index.of(manifest.segments) for space, index in self._snapshot.indexes.items()
        }
        return Snapshot(manifest, segments, indexes)

    def _commit(
        self,
        added: Mapping[str, Passage],
        documents: frozenset[str],
        keys: frozenset[str],
        progress: Progress,
    ) -> None:
        old = self._snapshot
        missing = keys - old.places.keys()
        if missing:
            raise UnknownPassage(f"no passage {', '.join(sorted(missing))} in {self._folder}")
        gone = _gone(old, added, documents, keys)
        if not added and not any(gone.values()):
            return
        kept, absorbed = _absorbed(old, gone, len(added))
        items = [
            *(
                _Item(segment.passage(position), (segment, position))
                for segment in absorbed
                for position in map(int, np.flatnonzero(old.alive(segment)))
                if position not in gone[segment.first_row]
            ),
            *(_Item(passage, old.places.get(key)) for key, passage in added.items()),
        ]
        first = old.manifest.next_row
        rows = self._write(old, first, items, progress)
        segments = tuple(one.first_row for one in kept)
        new = replace(
            old.manifest,
            commit=old.manifest.commit + 1,
            next_row=first + max(rows, 1),
            segments=(*segments, first) if items else segments,
            dead={
                one.first_row: places
                for one in kept
                if (places := tuple(sorted({*old.manifest.dead.get(one.first_row, ()), *gone[one.first_row]})))
            },
        )  # fmt: skip
        new.write(self._folder)
        self._tidy(new.segments)
        progress("knowledge base written", 1.0)

    def _write(self, old: Snapshot, first: int, items: Sequence[_Item], progress: Progress) -> int:
        """Write the segment of `items`; return how many rows it has."""
        if not items:
            return 0
        passages = [item.passage for item in items]
        rows = rows_of(passages)
        scratch = self._folder / "new"
        shutil.rmtree(scratch, ignore_errors=True)
        write_segment(scratch, passages, rows)
        for space in SPACES:
            wanted = np.array(
                [
                    place
                    for place, row in enumerate(rows)
                    if space in spaces_of(passages[row.passage].language)
                ],
                np.int64,
            )
            vectors = self._vectors(old, space, items, [rows[place] for place in wanted], progress)
            facts = [passages[rows[place].passage].facts for place in wanted]
            old.indexes[space].add(first, first + wanted, vectors, facts)
        target = self._segment_folder(first)
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(exist_ok=True)
        scratch.replace(target)
        flush(target.parent)
        return len(rows)

    def _vectors(
        self,
        old: Snapshot,
        space: str,
        items: Sequence[_Item],
        rows: Sequence[Row],
        progress: Progress,
    ) -> FloatArray:
        """Return the vectors of `rows`; those of texts that were there before are reused."""
        numbers = _old_numbers(items, rows)
        vectors = old.indexes[space].vectors(numbers)
        missing = np.flatnonzero(~vectors.any(axis=1))
        for start in range(0, len(missing), BATCH_ROWS):
            progress(f"indexing {len(items)} passages", start / len(missing))
            batch = missing[start : start + BATCH_ROWS]
            vectors[batch] = self._embedder.embed([rows[place].text for place in batch], space)
        return vectors

    def _tidy(self, kept: Sequence[int]) -> None:
        """Delete what no manifest names any more; who maps a deleted file keeps it."""
        for index in self._empty.values():
            index.drop(kept)
        names = {self._segment_folder(first) for first in kept}
        for folder in (self._folder / "segments").glob("*"):
            if folder not in names:
                shutil.rmtree(folder, ignore_errors=True)

    def _segment_folder(self, first: int) -> Path:
        return self._folder / "segments" / f"{first:012d}"


def _gone(
    old: Snapshot, added: Collection[str], documents: frozenset[str], keys: frozenset[str]
) -> dict[int, set[int]]:
    """Return the positions of the passages to remove or replace, by segment."""
    gone: dict[int, set[int]] = {segment.first_row: set() for segment in old.segments}
    for key in (*keys, *added):
        if key in old.places:
            segment, position = old.places[key]
            gone[segment.first_row].add(position)
    for segment in old.segments if documents else ():
        is_named = np.array([name in documents for name, _ in segment.documents], bool)
        named = is_named[segment.document_of] & old.alive(segment)
        gone[segment.first_row].update(map(int, np.flatnonzero(named)))
    return gone


def _absorbed(
    old: Snapshot, gone: Mapping[int, set[int]], added: int
) -> tuple[list[Segment], list[Segment]]:
    """Return the segments that stay, and those whose living passages are written anew.

    Anew: those of which less than half lives, and the last ones while they are small.
    """
    living = {
        one.first_row: int(old.alive(one).sum()) - len(gone[one.first_row]) for one in old.segments
    }
    kept = [one for one in old.segments if 2 * living[one.first_row] >= len(one)]
    absorbed = [one for one in old.segments if one not in kept]
    size = added + sum(living[one.first_row] for one in absorbed)
    while kept and living[kept[-1].first_row] <= GROWTH * size:
        absorbed.insert(0, last := kept.pop())
        size += living[last.first_row]
    return kept, absorbed


def _old_numbers(items: Sequence[_Item], rows: Sequence[Row]) -> IntArray:
    """Return the number that each row had before; -1 for texts that were not there."""
    known: dict[int, dict[str, int]] = {}
    numbers = np.full(len(rows), -1, np.int64)
    for place, row in enumerate(rows):
        old = items[row.passage].old
        if old is None:
            continue
        if row.passage not in known:
            segment, position = old
            start = segment.first_row + segment.rows(position).start
            before = rows_of([segment.passage(position)])
            known[row.passage] = {one.text: start + i for i, one in enumerate(before)}
        numbers[place] = known[row.passage].get(row.text, -1)
    return numbers
