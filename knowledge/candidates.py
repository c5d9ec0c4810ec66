"""Proposes passages that may answer a question, and says what speaks for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from knowledge.embedder import FloatArray
from knowledge.index import IntArray
from knowledge.languages import ENGLISH, BilingualEmbedder
from knowledge.lexical import Lexical, compare
from knowledge.segment import QUESTION, TEXT, Segment
from knowledge.snapshot import Snapshot
from knowledge.types import Filters

import numpy as np  # isort: skip

Relation = Literal["english", "multilingual", "across"]
"""Of question and passage: both English; both in the same other language; in different ones."""
MULTILINGUAL: Final = "multilingual"
SIGNALS: Final = (
    "question_cosine",
    "text_cosine",
    "question_bm25",
    "question_coverage",
    "text_bm25",
    "text_coverage",
)
"""What speaks for a passage: its best question, and its text; by meaning, and by words."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage is."""

    segment: Segment
    position: int

    @property
    def language(self) -> str:
        """The language of the passage."""
        return self.segment.facts[self.segment.facts_of[self.position]].language


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages, and what speaks for each.

    Shapes:
        signals: float32 [candidates, SIGNALS];
        owners, numbers: int64 [rows], ascending; cosines: float32 [rows].
    """

    places: Sequence[Place]
    relations: Sequence[Relation]
    signals: FloatArray
    owners: IntArray
    """The candidate of each row."""
    cosines: FloatArray
    """Of each row with the question."""

    def nearest_row(self, candidate: int) -> tuple[int, float]:
        """Return which of a candidate's rows is nearest to the question, and its cosine."""
        own = np.flatnonzero(self.owners == candidate)
        nearest = int(own[np.argmax(self.cosines[own])])
        return nearest - int(own[0]), float(self.cosines[nearest])


def spaces_of(language: str) -> tuple[str, ...]:
    """Return the vector spaces that hold the rows of a language; the first one serves it best."""
    return (ENGLISH, MULTILINGUAL) if language == ENGLISH else (MULTILINGUAL,)


def propose(
    snapshot: Snapshot,
    embedder: BilingualEmbedder,
    text: str,
    language: str,
    wanted: int,
    filters: Filters,
) -> Candidates:
    """Return the passages of the `wanted` best rows by each way of searching, in any order.

    Shapes:
        signals: float32 [candidates, SIGNALS].
    """
    selection = snapshot.select(filters)
    lexical = compare(text, snapshot.segments)
    own, *others = spaces_of(language)
    spaces = (own, *others) if snapshot.languages - {language} else (own,)
    vectors = {space: embedder.embed([text], space)[0] for space in spaces}
    rows = [lexical.nearest(wanted, selection)]
    for space, vector in vectors.items():
        rows.append(snapshot.indexes[space].search(vector, wanted, selection)[1])
    found = snapshot.located(np.unique(np.concatenate(rows)))
    places = dict.fromkeys(Place(segment, int(segment.passage_of[row])) for segment, row in found)
    return _compared(snapshot, tuple(places), vectors, lexical, language)


def _compared(
    snapshot: Snapshot,
    places: Sequence[Place],
    vectors: Mapping[str, FloatArray],
    lexical: Lexical,
    language: str,
) -> Candidates:
    """Return the candidates with all their rows compared, not only those that proposed them."""
    relations = [_relation(language, place.language) for place in places]
    spans = [place.segment.rows(place.position) for place in places]
    owners = np.repeat(np.arange(len(spans)), [span.stop - span.start for span in spans])
    numbers = np.concatenate(
        [
            np.arange(span.start, span.stop, dtype=np.int64) + place.segment.first_row
            for place, span in zip(places, spans, strict=True)
        ]
        or [np.zeros(0, np.int64)]
    )
    kinds = np.concatenate(
        [place.segment.kinds[span] for place, span in zip(places, spans, strict=True)]
        or [np.zeros(0, np.uint8)]
    )
    cosines = np.zeros(len(numbers), np.float32)
    for space, vector in vectors.items():
        here = np.array([_space(one) == space for one in relations], bool)[owners]
        if here.any():
            cosines[here] = snapshot.indexes[space].vectors(numbers[here]) @ vector
    scores, coverages = lexical.of(numbers)
    signals = np.zeros((len(places), len(SIGNALS)), np.float32)
    for column, (values, kind) in enumerate(
        (
            (cosines, QUESTION),
            (cosines, TEXT),
            (scores, QUESTION),
            (coverages, QUESTION),
            (scores, TEXT),
            (coverages, TEXT),
        )
    ):
        wanted = kinds == kind
        np.maximum.at(signals[:, column], owners[wanted], values[wanted])
    return Candidates(places, relations, signals, owners, cosines)


def _relation(asked: str, written: str) -> Relation:
    if asked != written:
        return "across"
    return "english" if asked == ENGLISH else "multilingual"


def _space(relation: Relation) -> str:
    return ENGLISH if relation == "english" else MULTILINGUAL
