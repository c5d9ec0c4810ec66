"""The knowledge base of a project: a folder that is searched, and changed by whole commits."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from knowledge import manifest as manifests
from knowledge.commit import SPACES, Change, Progress, commit, segment_folder
from knowledge.errors import BaseReadOnly, IndexDamaged
from knowledge.files import Lock
from knowledge.index import Index
from knowledge.indexes import FAISS, kind_of, open_index
from knowledge.languages import ENGLISH, BilingualEmbedder, detect_language
from knowledge.learning import Asked, alternatives, learn_all
from knowledge.manifest import Manifest, read_manifest
from knowledge.search import search
from knowledge.segment import read_segment
from knowledge.snapshot import Snapshot
from knowledge.types import Filters, Hit, Passage

FEW_QUESTIONS: Final = 50
SMALL_CHANGE: Final = 0.1
"""The ranking is fitted anew when more questions than that came or went."""
_READ_ATTEMPTS: Final = 5


class KnowledgeBase:
    """Passages, and how they are found. Safe to use from several threads."""

    def __init__(
        self, folder: Path, embedder: BilingualEmbedder, index: str, *, read_only: bool
    ) -> None:
        """Hold an empty base; use `open`."""
        self._folder, self._embedder, self._index = folder, embedder, index
        self._read_only = read_only
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        spaces = {space: embedder.of(space).name for space in SPACES}
        self._empty = Manifest(base=uuid.uuid4().hex, index=kind_of(index), spaces=spaces)
        self._snapshot = Snapshot(self._empty, (), self._indexes(self._empty))

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        embedder: BilingualEmbedder | None = None,
        index: str = FAISS,
        read_only: bool = False,
    ) -> KnowledgeBase:
        """Return the base in `folder`, an empty one if there is none yet.

        No weights are loaded before the first search or change.

        Args:
            folder: Of the base.
            embedder: Turns texts into vectors.
            index: Where the vectors are: `faiss`, `postgresql://…` or `qdrant:…`.
            read_only: Refuse changes.

        Raises:
            IndexDamaged: its files cannot be used, or vectors of another embedder or index.
            UnknownIndex: `index` names none.
        """
        base = cls(folder, embedder or BilingualEmbedder(), index, read_only=read_only)
        base.reload()
        return base

    @property
    def snapshot(self) -> Snapshot:
        """The base as it was when it was last read."""
        return self._snapshot

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
        """Change the base by one commit: a kill at any moment leaves the old or the new state.

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
            change = Change(
                added={passage.key: passage for passage in added},
                removed_documents=frozenset(removed_documents),
                removed_passages=frozenset(removed_passages),
            )
            told = progress or (lambda _what, _share: None)
            commit(self._folder, self._snapshot, change, self._embedder, told)
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
        count, before = len(confirmed) + old.alternative_count, old.manifest.learnt_from
        if not force and abs(count - before) <= max(FEW_QUESTIONS, before * SMALL_CHANGE):
            return before
        asked = [*confirmed, *alternatives(old)]
        weights = learn_all(old, self._embedder, asked)
        number = old.manifest.commit + 1
        new = replace(old.manifest, commit=number, weights=weights, learnt_from=count)
        new.write(self._folder)
        self.reload()
        return count

    def _indexes(self, manifest: Manifest) -> dict[str, Index]:
        return {
            space: open_index(
                self._index, self._folder, space, self._embedder.of(space).dim, manifest.base
            )
            for space in SPACES
        }

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
        made, wanted = (manifest.spaces, manifest.index), (self._empty.spaces, self._empty.index)
        if made != wanted:
            raise IndexDamaged(
                f"{self._folder} was made with {made}, not {wanted}; delete it and sync again"
            )
        old = self._snapshot
        known = {one.first_row: one for one in old.segments}
        indexes = old.indexes if old.manifest.base == manifest.base else self._indexes(manifest)
        return Snapshot(
            manifest,
            tuple(
                known.get(first) or read_segment(segment_folder(self._folder, first), first)
                for first in manifest.segments
            ),
            {space: index.of(manifest.segments) for space, index in indexes.items()},
        )
