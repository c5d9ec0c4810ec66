"""Writes one commit of a base: a segment of what is new, and the manifest that names it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from knowledge.embedder import FloatArray
from knowledge.errors import UnknownPassage
from knowledge.files import flush
from knowledge.index import IntArray
from knowledge.languages import ENGLISH, BilingualEmbedder
from knowledge.segment import Row, Segment, rows_of, write_segment
from knowledge.signals import MULTILINGUAL, spaces_of
from knowledge.snapshot import Snapshot
from knowledge.types import Passage

import numpy as np  # isort: skip

Progress = Callable[[str, float], None]
"""Receives what is being done, and which share of it is done, in [0, 1]."""
SPACES: Final = (ENGLISH, MULTILINGUAL)
BATCH_ROWS: Final = 64
"""Between two reports of progress."""
GROWTH: Final = 4
"""A commit also rewrites the last segments while they are at most so many times as large as what
it adds: there are never more than a few segments, and each passage is rewritten a few times."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit changes."""

    added: Mapping[str, Passage]
    """By key."""
    removed_documents: frozenset[str]
    removed_passages: frozenset[str]
    """Keys."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A passage of the segment being written, and where its vectors are if it was there before."""

    passage: Passage
    old: tuple[Segment, int] | None = None


def segment_folder(folder: Path, first: int) -> Path:
    """Return where the segment with this first row is."""
    return folder / "segments" / f"{first:012d}"


def commit(
    folder: Path,
    old: Snapshot,
    change: Change,
    embedder: BilingualEmbedder,
    progress: Progress,
) -> None:
    """Write the state after `change`; does nothing if there is nothing to change.

    Raises:
        UnknownPassage: a key of `removed_passages` is not there.
    """
    missing = change.removed_passages - old.places.keys()
    if missing:
        raise UnknownPassage(f"no passage {', '.join(sorted(missing))} in {folder}")
    gone = _gone(old, change)
    if not change.added and not any(gone.values()):
        return
    kept, absorbed = _absorbed(old, gone, len(change.added))
    items = [
        *(
            _Item(segment.passage(position), (segment, position))
            for segment in absorbed
            for position in map(int, np.flatnonzero(old.alive(segment)))
            if position not in gone[segment.first_row]
        ),
        *(_Item(passage, old.places.get(key)) for key, passage in change.added.items()),
    ]
    first = old.manifest.next_row
    rows = _write(folder, old, items, embedder, progress)
    segments = tuple(one.first_row for one in kept)
    dead = {
        one.first_row: tuple(sorted({*old.dead(one), *gone[one.first_row]}))
        for one in kept
        if old.dead(one) or gone[one.first_row]
    }
    new = replace(
        old.manifest,
        commit=old.manifest.commit + 1,
        next_row=first + rows,
        segments=(*segments, first) if items else segments,
        dead=dead,
    )
    new.write(folder)
    _tidy(folder, old, new.segments, {one: dead.get(one.first_row, ()) for one in kept})
    progress("knowledge base written", 1.0)


def _write(
    folder: Path,
    old: Snapshot,
    items: Sequence[_Item],
    embedder: BilingualEmbedder,
    progress: Progress,
) -> int:
    """Write the segment of `items`; return how many rows it has."""
    if not items:
        return 0
    first = old.manifest.next_row
    passages = [item.passage for item in items]
    rows = rows_of(passages)
    scratch, target = folder / "new", segment_folder(folder, first)
    for place in (scratch, target):  # what a killed process left
        shutil.rmtree(place, ignore_errors=True)
    write_segment(scratch, passages, rows)
    index = partial(_index, old, items, rows, embedder, progress)
    # Each space has an embedder of its own, which leaves the interpreter free while it computes.
    with ThreadPoolExecutor(len(SPACES)) as pool:
        for _ in pool.map(index, SPACES):
            pass
    target.parent.mkdir(exist_ok=True)
    scratch.replace(target)
    flush(target.parent)
    return max(len(rows), 1)  # a segment without rows has a number, too


def _index(
    old: Snapshot,
    items: Sequence[_Item],
    rows: Sequence[Row],
    embedder: BilingualEmbedder,
    progress: Progress,
    space: str,
) -> None:
    """Add the vectors of the new segment to the index of one space."""
    first = old.manifest.next_row
    languages = [item.passage.language for item in items]
    places = [place for place, row in enumerate(rows) if space in spaces_of(languages[row.passage])]

    def told(share: float) -> None:
        if space == MULTILINGUAL:  # it has all rows
            progress(f"indexing {len(items)} passages", share)

    vectors = _vectors(old, space, items, [rows[place] for place in places], embedder, told)
    facts = [items[rows[place].passage].passage.facts for place in places]
    old.indexes[space].add(first, first + np.array(places, np.int64), vectors, facts)


def _vectors(
    old: Snapshot,
    space: str,
    items: Sequence[_Item],
    rows: Sequence[Row],
    embedder: BilingualEmbedder,
    told: Callable[[float], None],
) -> FloatArray:
    """Return the vectors of `rows`; those of texts that were there before are reused."""
    vectors = old.indexes[space].vectors(_old_numbers(items, rows))
    missing = np.flatnonzero(~vectors.any(axis=1))
    for start in range(0, len(missing), BATCH_ROWS):
        told(start / len(missing))
        batch = missing[start : start + BATCH_ROWS]
        vectors[batch] = embedder.embed([rows[place].text for place in batch], space)
    return vectors


def _tidy(
    folder: Path, old: Snapshot, kept: Sequence[int], dead: Mapping[Segment, Sequence[int]]
) -> None:
    """Delete what no manifest names any more; who maps a deleted file keeps it."""
    gone = [
        np.arange(rows.start, rows.stop, dtype=np.int64) + segment.first_row
        for segment, positions in dead.items()
        for rows in map(segment.rows, positions)
    ]
    for index in old.indexes.values():
        if gone:
            index.remove(np.concatenate(gone))
        index.drop(kept)
    names = {segment_folder(folder, first) for first in kept}
    for place in (folder / "segments").glob("*"):
        if place not in names:
            shutil.rmtree(place, ignore_errors=True)


def _gone(old: Snapshot, change: Change) -> dict[int, set[int]]:
    """Return the positions of the passages to remove or replace, by segment."""
    documents = change.removed_documents
    gone: dict[int, set[int]] = {segment.first_row: set() for segment in old.segments}
    for key in (*change.removed_passages, *change.added):
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
