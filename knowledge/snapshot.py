"""A base as it was after one commit: what a search reads, whatever is committed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from knowledge.index import BoolArray, Index, IntArray, Selection
from knowledge.manifest import Manifest
from knowledge.ranking import Ranking
from knowledge.segment import QUESTION, Segment
from knowledge.types import Filters, Passage

import numpy as np  # isort: skip

KEPT_SELECTIONS: Final = 16
"""Each takes a bit for every row."""


@dataclass(frozen=True)
class Snapshot:
    """The segments, in the order of their rows, and the vectors of each space."""

    manifest: Manifest
    segments: tuple[Segment, ...]
    indexes: Mapping[str, Index]

    @cached_property
    def _firsts(self) -> IntArray:
        return np.array([one.first_row for one in self.segments], np.int64)

    @cached_property
    def row_count(self) -> int:
        """How many rows there are, dead ones included."""
        return sum(one.row_count for one in self.segments)

    @cached_property
    def ranking(self) -> Ranking:
        """How candidates are ordered."""
        return Ranking.of(self.manifest.weights)

    @property
    def alternative_count(self) -> int:
        """How many questions its passages have beside their titles."""
        return sum(_alternatives(one, self.alive(one)) for one in self.segments)

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages of its passages."""
        return frozenset(
            segment.facts[fact].language
            for segment in self.segments
            for fact in np.unique(segment.facts_of[self.alive(segment)])
        )

    def alive(self, segment: Segment) -> BoolArray:
        """Return which passages of a segment were not removed; bool [passages]."""
        alive = np.ones(len(segment), bool)
        alive[list(self.dead(segment))] = False
        return alive

    def dead(self, segment: Segment) -> tuple[int, ...]:
        """Return the positions of the passages of a segment that were removed."""
        return self.manifest.dead.get(segment.first_row, ())

    def passages(self, document: str | None = None) -> Iterator[Passage]:
        """Return the passages, or those of one document."""
        for segment in self.segments:
            wanted = self.alive(segment)
            if document is not None:
                names = np.array([name == document for name, _ in segment.documents], bool)
                wanted &= names[segment.document_of]
            yield from map(segment.passage, np.flatnonzero(wanted).tolist())

    def documents(self) -> dict[str, str]:
        """Return each document's hash."""
        return {
            name: hash_
            for segment in self.segments
            for name, hash_ in (
                segment.documents[place]
                for place in np.unique(segment.document_of[self.alive(segment)])
            )
        }

    @cached_property
    def places(self) -> Mapping[str, tuple[Segment, int]]:
        """Return where each passage is, by its key; takes as long as there are passages."""
        return {
            segment.keys[position]: (segment, int(position))
            for segment in self.segments
            for position in np.flatnonzero(self.alive(segment))
        }

    def select(self, filters: Filters) -> Selection:
        """Return the rows that `filters` admit; quick for filters that were used just before."""
        dated = replace(filters, on=filters.day)
        found = self._selections.get(dated)
        if found is None:
            masks = {one.first_row: self._mask(one, dated) for one in self.segments}
            while len(self._selections) >= KEPT_SELECTIONS:
                self._selections.pop(next(iter(self._selections)), None)
            found = self._selections[dated] = Selection(dated, masks.get)
        return found

    @cached_property
    def _selections(self) -> dict[Filters, Selection]:
        return {}

    def located(self, rows: IntArray) -> list[tuple[Segment, int]]:
        """Return the segment of each row, and its place there, but for rows of other commits."""
        owners = np.searchsorted(self._firsts, rows, side="right") - 1
        found = (
            (self.segments[owner], int(row) - self.segments[owner].first_row)
            for owner, row in zip(owners, rows, strict=True)
            if owner >= 0
        )
        return [(segment, row) for segment, row in found if row < segment.row_count]

    def _mask(self, segment: Segment, filters: Filters) -> BoolArray | None:
        alive = self.alive(segment)
        admitted = np.array([filters.admit(facts) for facts in segment.facts], bool)
        if alive.all() and admitted.all():
            return None
        return (alive & admitted[segment.facts_of])[segment.passage_of]


def _alternatives(segment: Segment, alive: BoolArray) -> int:
    questions = segment.passage_of[segment.kinds == QUESTION]
    counts = np.bincount(questions, minlength=len(segment))
    return int(np.maximum(counts - 1, 0)[alive].sum())
