"""How many of a query's rare words a question holds: what embeddings are blind to."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_HAN_RUN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")


def terms(text: str) -> frozenset[str]:
    """Return the words of `text` in lower case; a run of Han characters gives its pairs.

    Pairs of characters do for Chinese what words do elsewhere, without a dictionary to load.
    """
    text = text.lower()
    pairs = {
        run[start : start + 2]
        for run in _HAN_RUN.findall(text)
        for start in range(max(1, len(run) - 1))
    }
    return frozenset(pairs | set(_WORD.findall(_HAN_RUN.sub(" ", text))))


class TermIndex:
    """The terms of all questions, weighted by how rare they are."""

    def __init__(self, questions: Sequence[str]) -> None:
        """Hold the terms of `questions`; rows count from 0."""
        self._terms = [terms(question) for question in questions]
        counts = Counter(term for row in self._terms for term in row)
        self._weights = {
            term: math.log(1 + len(self._terms) / count) for term, count in counts.items()
        }
        # A term that no question holds is as rare as can be.
        self._unknown = math.log(1 + len(self._terms)) if self._terms else 0.0

    def overlap(self, query: str, rows: Sequence[int]) -> list[float]:
        """Return, for each of `rows`, the weighted Jaccard overlap with `query`, in [0, 1]."""
        wanted = terms(query)
        return [self._jaccard(wanted, self._terms[row]) for row in rows]

    def _jaccard(self, left: frozenset[str], right: frozenset[str]) -> float:
        union = sum(self._weights.get(term, self._unknown) for term in left | right)
        if not union:
            return 0.0
        return sum(self._weights.get(term, self._unknown) for term in left & right) / union
