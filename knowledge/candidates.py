"""Proposes passages that may answer a question, and says what speaks for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.embedder import FloatArray
from knowledge.index import IntArray
from knowledge.languages import BilingualEmbedder
from knowledge.lexical import Lexical, compare
from knowledge.segment import QUESTION, TEXT, Segment
from knowledge.signals import SIGNALS, Relation, relation_of, space_of, spaces_of
from knowledge.snapshot import Snapshot
from knowledge.types import Filters

import numpy as np  # isort: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage is."""

    segment: Segment
    position: int

    @property
    def language(self) -> str:
        """The language of the passage."""
        return self.segment.facts[self.segment.facts_of[self.position]].language

    @property
    def key(self) -> str:
        """The key of the passage."""
        return self.segment.keys[self.position]

    @property
    def id(self) -> str:
        """The id of the passage, which its translations share."""
        return self.key.partition("/")[2]


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


def propose(
    snapshot: Snapshot,
    embedder: BilingualEmbedder,
    text: str,
    language: str,
    wanted: int,
    filters: Filters,
    *,
    without: int | None = None,
) -> Candidates:
    """Return the passages of the `wanted` best rows by each way of searching, in any order.

    Args:
        snapshot: What is searched.
        embedder: Turns the question into vectors.
        text: The question.
        language: Of the question.
        wanted: How many rows each way proposes.
        filters: Which passages are wanted.
        without: The number of a row that counts as if it were not there.
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
    wanted_places = _without_translations(tuple(places), language)
    return _compared(snapshot, wanted_places, vectors, lexical, language, without)


def _without_translations(places: Sequence[Place], language: str) -> Sequence[Place]:
    """Return the places but for passages that are also there in the language of the question."""
    own = {place.id for place in places if place.language == language}
    return [place for place in places if place.language == language or place.id not in own]


def _compared(
    snapshot: Snapshot,
    places: Sequence[Place],
    vectors: Mapping[str, FloatArray],
    lexical: Lexical,
    language: str,
    without: int | None,
) -> Candidates:
    """Return the candidates with all their rows compared, not only those that proposed them."""
    relations: list[Relation] = [relation_of(language, place.language) for place in places]
    owners, numbers, kinds = _rows(places)
    if without is not None:
        stay = numbers != without
        owners, numbers, kinds = owners[stay], numbers[stay], kinds[stay]
    cosines = np.zeros(len(numbers), np.float32)
    for space, vector in vectors.items():
        here = np.array([space_of(one) == space for one in relations], bool)[owners]
        if here.any():
            cosines[here] = snapshot.indexes[space].cosines(vector, numbers[here])
    scores, coverages = lexical.of(numbers)

    def best(values: FloatArray, kind: int) -> FloatArray:
        found = np.zeros(len(places), np.float32)
        wanted = kinds == kind
        np.maximum.at(found, owners[wanted], values[wanted])
        return found

    is_question = kinds == QUESTION
    counts = np.bincount(owners[is_question], minlength=len(places))
    sums = np.bincount(owners[is_question], cosines[is_question], minlength=len(places))
    signals = {
        "question_cosine": best(cosines, QUESTION),
        "questions_cosine": sums / np.maximum(counts, 1),
        "text_cosine": best(cosines, TEXT),
        "question_bm25": best(scores, QUESTION),
        "question_coverage": best(coverages, QUESTION),
        "text_bm25": best(scores, TEXT),
        "text_coverage": best(coverages, TEXT),
    }
    stacked = np.stack([signals[name] for name in SIGNALS], axis=1).astype(np.float32)
    return Candidates(places, relations, stacked, owners, cosines)


def _rows(places: Sequence[Place]) -> tuple[IntArray, IntArray, IntArray]:
    """Return the owner, the number and the kind of all rows of some passages."""
    spans = [place.segment.rows(place.position) for place in places]
    lengths = [span.stop - span.start for span in spans]
    owners = np.repeat(np.arange(len(places)), lengths)
    numbers, kinds = np.zeros((2, len(owners)), np.int64)
    end = 0
    for place, span, length in zip(places, spans, lengths, strict=True):
        start, end = end, end + length
        numbers[start:end] = np.arange(span.start, span.stop) + place.segment.first_row
        kinds[start:end] = place.segment.kinds[span]
    return owners, numbers, kinds
