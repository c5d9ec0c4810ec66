"""Hybrid search over a snapshot: nearest vectors and BM25 propose passages, a ranking orders them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.embedder import FloatArray, clean
from knowledge.index import IntArray
from knowledge.languages import ENGLISH, BilingualEmbedder, detect_language, primary_language
from knowledge.lexical import Lexical, compare
from knowledge.ranking import Relation, rank
from knowledge.segment import QUESTION, TEXT, Segment, rows_of
from knowledge.snapshot import Snapshot
from knowledge.types import Filters, Hit

import numpy as np  # isort: skip

MULTILINGUAL: Final = "multilingual"
CANDIDATE_ROWS: Final = 30
"""How many rows each way of searching proposes, at least."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    segment: Segment
    position: int

    @property
    def language(self) -> str:
        return self.segment.facts[self.segment.facts_of[self.position]].language


def spaces_of(language: str) -> tuple[str, ...]:
    """Return the vector spaces that hold the rows of a language; the first one serves it best."""
    return (ENGLISH, MULTILINGUAL) if language == ENGLISH else (MULTILINGUAL,)


def search(
    snapshot: Snapshot,
    embedder: BilingualEmbedder,
    text: str,
    language: str | None,
    k: int,
    filters: Filters,
) -> tuple[Hit, ...]:
    """Return the `k` passages that answer `text` best, the best one first."""
    text = clean(text).strip()
    if not text or k < 1 or not snapshot.segments:
        return ()
    language = primary_language(language or detect_language(text, ENGLISH))
    selection = snapshot.select(filters)
    lexical = compare(text, snapshot.segments)
    wanted = max(CANDIDATE_ROWS, 4 * k)
    vectors = {space: embedder.embed([text], space)[0] for space in _spaces(snapshot, language)}
    proposals = [lexical.nearest(wanted, selection)]
    for space, vector in vectors.items():
        proposals.append(snapshot.indexes[space].search(vector, wanted, selection)[1])
    rows = np.unique(np.concatenate(proposals))
    candidates = list(
        dict.fromkeys(
            _Candidate(segment, int(segment.passage_of[row]))
            for segment, row in snapshot.located(rows)
        )
    )
    if not candidates:
        return ()
    return _ordered(snapshot, candidates, vectors, lexical, language, k)


def _spaces(snapshot: Snapshot, language: str) -> tuple[str, ...]:
    own, *others = spaces_of(language)
    return (own, *others) if snapshot.languages - {language} else (own,)


@dataclass(frozen=True, slots=True)
class _Rows:
    """All rows of the candidates.

    Shapes:
        owner, kinds, numbers: int64 [rows]; owner is the place of the candidate.
    """

    owner: IntArray
    kinds: IntArray
    numbers: IntArray


def _ordered(
    snapshot: Snapshot,
    candidates: list[_Candidate],
    vectors: Mapping[str, FloatArray],
    lexical: Lexical,
    language: str,
    k: int,
) -> tuple[Hit, ...]:
    rows = _rows(candidates)
    relations = [_relation(language, candidate.language) for candidate in candidates]
    cosines = np.zeros(len(rows.numbers), np.float32)
    for space, vector in vectors.items():
        is_here = np.array([_space(one) == space for one in relations], bool)[rows.owner]
        cosines[is_here] = snapshot.indexes[space].vectors(rows.numbers[is_here]) @ vector
    scores, coverages = lexical.of(rows.numbers)
    signals = np.stack(
        [
            _best(values, rows, kind, len(candidates))
            for values, kind in (
                (cosines, QUESTION),
                (cosines, TEXT),
                (scores, QUESTION),
                (coverages, QUESTION),
                (scores, TEXT),
                (coverages, TEXT),
            )
        ],
        axis=1,
    )
    ranked = rank(signals, relations)
    order = np.argsort(-ranked, kind="stable")[:k]
    return tuple(
        _hit(candidates[place], place, rank_, rows, cosines) for rank_, place in enumerate(order)
    )


def _rows(candidates: Sequence[_Candidate]) -> _Rows:
    spans = [one.segment.rows(one.position) for one in candidates]
    owner = np.repeat(np.arange(len(spans)), [span.stop - span.start for span in spans])
    kinds = [one.segment.kinds[span] for one, span in zip(candidates, spans, strict=True)]
    numbers = [
        np.arange(span.start, span.stop) + one.segment.first_row
        for one, span in zip(candidates, spans, strict=True)
    ]
    return _Rows(owner, np.concatenate(kinds), np.concatenate(numbers))


def _relation(asked: str, written: str) -> Relation:
    if asked != written:
        return "across"
    return "english" if asked == ENGLISH else "multilingual"


def _space(relation: Relation) -> str:
    return ENGLISH if relation == "english" else MULTILINGUAL


def _best(values: FloatArray, rows: _Rows, kind: int, count: int) -> FloatArray:
    """Return the highest value among each candidate's rows of a kind, at least 0."""
    found = np.zeros(count, np.float32)
    wanted = rows.kinds == kind
    np.maximum.at(found, rows.owner[wanted], values[wanted])
    return found


def _hit(candidate: _Candidate, place: int, rank_: int, rows: _Rows, cosines: FloatArray) -> Hit:
    passage = candidate.segment.passage(candidate.position)
    own = np.flatnonzero(rows.owner == place)
    best_row = own[np.argmax(cosines[own])]
    texts = rows_of([passage])
    matched = texts[int(best_row - own[0])]
    return Hit(
        passage=passage,
        score=float(np.clip(cosines[best_row], -1, 1)),
        rank=rank_,
        matched=matched.text if matched.kind == QUESTION else passage.title,
    )
