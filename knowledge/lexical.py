"""What BM25 says about a query: a score and a coverage for every row of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.bm25 import hashed_terms, rarity
from knowledge.embedder import FloatArray
from knowledge.index import IntArray, Selection, best
from knowledge.segment import Segment

import numpy as np  # isort: skip


@dataclass(frozen=True, slots=True)
class Lexical:
    """Both as shares of what a row with all terms of the query would reach, in [0, 1].

    Shapes:
        scores, coverages: float32 [rows], for each segment.
    """

    segments: Sequence[Segment]
    scores: Sequence[FloatArray]
    """BM25: long rows and repeated terms count less."""
    coverages: Sequence[FloatArray]
    """How many of the terms the row holds, rare ones counting more."""

    def of(self, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the scores and the coverages of `rows`.

        Shapes:
            rows: int64 [n]; both float32 [n].
        """
        scores, coverages = np.zeros((2, len(rows)), np.float32)
        for segment, score, coverage in zip(
            self.segments, self.scores, self.coverages, strict=True
        ):
            places = rows - segment.first_row
            here = (places >= 0) & (places < segment.row_count)
            scores[here], coverages[here] = score[places[here]], coverage[places[here]]
        return scores, coverages

    def nearest(self, k: int, selection: Selection) -> IntArray:
        """Return the `k` best rows that are selected and share a term with the query."""
        found = [
            _nearest(segment, scores, k, selection)
            for segment, scores in zip(self.segments, self.scores, strict=True)
        ]
        if not found:
            return np.zeros(0, np.int64)
        scores, rows = map(np.concatenate, zip(*found, strict=True))
        return best(scores, rows, k)[1]


def compare(text: str, segments: Sequence[Segment]) -> Lexical:
    """Return how well the words of `text` match each row of `segments`."""
    wanted = hashed_terms(text)
    total = sum(segment.row_count for segment in segments)
    found = [[segment.postings.find(term) for term in wanted] for segment in segments]
    counts = [
        sum(row[place].stop - row[place].start for row in found) for place in range(len(wanted))
    ]
    weights = [rarity(count, total) for count in counts]
    most = max(sum(weights), 1e-9)
    scores, coverages = [], []
    for segment, places in zip(segments, found, strict=True):
        score, coverage = np.zeros((2, segment.row_count), np.float32)
        for place, weight in zip(places, weights, strict=True):
            rows = segment.postings.rows[place]
            score[rows] += (weight / most) * segment.postings.weights[place]
            coverage[rows] += weight / most
        scores.append(score)
        coverages.append(coverage)
    return Lexical(segments, scores, coverages)


def _nearest(
    segment: Segment, scores: FloatArray, k: int, selection: Selection
) -> tuple[FloatArray, IntArray]:
    allowed = selection.allowed(segment.first_row)
    if allowed is not None:
        scores = np.where(allowed, scores, 0)
    top = np.argpartition(-scores, k)[:k] if len(scores) > k else np.arange(len(scores))
    top = top[scores[top] > 0]
    return scores[top], segment.first_row + top
