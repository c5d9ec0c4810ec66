"""How well a base answers questions whose right passages are known: ranks, and times."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from knowledge.base import KnowledgeBase, Progress
from knowledge.errors import SourceError
from knowledge.languages import ENGLISH, detect_language, primary_language
from knowledge.types import Passage

import numpy as np  # isort: skip

DEPTH: Final = 100
"""How many passages of a ranking are looked at; a right one further down counts as not found."""
TIMED_QUERIES: Final = 500
TIMED_HITS: Final = 5


@dataclass(frozen=True, slots=True)
class Query:
    """A question, and the ids of all passages that answer it."""

    text: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The means over all questions, each in [0, 1], and the times of a search on one thread."""

    queries: int
    passages: int
    map: float
    """Mean average precision."""
    mrr: float
    """Mean of one over the rank of the first right passage."""
    recall_at_1: float
    """Share of the questions of which a right passage comes first."""
    recall_at_5: float
    recall_at_10: float
    p50_ms: float
    p99_ms: float


def evaluate(
    base: KnowledgeBase, queries: Sequence[Query], progress: Progress | None = None
) -> Figures:
    """Return the figures of `base`; the vectors of the questions are not known before."""
    told = progress or (lambda _what, _share: None)
    ranks: list[list[int]] = []
    for number, query in enumerate(queries):
        told("asking", number / len(queries))
        hits = base.search(query.text, None, DEPTH)
        ranks.append([hit.rank + 1 for hit in hits if hit.passage.id in query.relevant])
    times = _times_ms(base, queries)
    firsts = np.array([min(found, default=0) for found in ranks])
    precisions = [
        sum(place / rank for place, rank in enumerate(found, 1)) / len(query.relevant)
        for found, query in zip(ranks, queries, strict=True)
    ]

    def recall(depth: int) -> float:
        return round(float(np.mean((firsts > 0) & (firsts <= depth))), 4)

    return Figures(
        queries=len(queries),
        passages=len(base),
        map=round(float(np.mean(precisions)), 4),
        mrr=round(float(np.mean([1 / first if first else 0.0 for first in firsts])), 4),
        recall_at_1=recall(1),
        recall_at_5=recall(5),
        recall_at_10=recall(10),
        p50_ms=round(float(np.percentile(times, 50)), 2),
        p99_ms=round(float(np.percentile(times, 99)), 2),
    )


def read_faq_lines(path: Path) -> tuple[Passage, ...]:
    """Return the FAQ in JSON lines `{"id", "question", "answer"}`; `lang` may tell the language.

    Raises:
        SourceError: a line is not such an object.
    """

    def passage(entry: dict[str, Any]) -> Passage:
        question, answer = str(entry["question"]), str(entry.get("answer") or "")
        told = entry.get("lang") or detect_language(question, ENGLISH)
        return Passage(
            id=str(entry["id"]),
            language=primary_language(str(told)),
            title=question,
            text=answer,
            source=str(entry.get("source") or ""),
            document=path.name,
        )

    return tuple(_lines(path, passage))


def read_queries(path: Path, known: Collection[str]) -> tuple[Query, ...]:
    """Return the questions in JSON lines `{"query", "relevant_ids"}`.

    Args:
        path: The file.
        known: The ids of the passages that there are.

    Raises:
        SourceError: a line is not such an object, or names an id that is not known.
    """

    def query(entry: dict[str, Any]) -> Query:
        relevant = frozenset(map(str, entry["relevant_ids"]))
        if not relevant or not relevant <= set(known):
            raise ValueError(f"relevant_ids must be ids of the FAQ, found {sorted(relevant)}")
        return Query(str(entry["query"]), relevant)

    return tuple(_lines(path, query))


def _lines(path: Path, read: Callable[[dict[str, Any]], Any]) -> Iterator[Any]:
    try:
        lines: Iterable[str] = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(str(path), 1, 1, f"cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield read(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problem = f"no {error}" if isinstance(error, KeyError) else str(error)
            raise SourceError(
                str(path), number, 1, problem, hint="write one JSON object per line"
            ) from error


def _times_ms(base: KnowledgeBase, queries: Sequence[Query]) -> list[float]:
    """Return what searches take; a full stop more makes each question a new one."""
    times = []
    for query in queries[:: -(-len(queries) // TIMED_QUERIES)]:
        began = time.perf_counter()
        base.search(f"{query.text} .", None, TIMED_HITS)
        times.append((time.perf_counter() - began) * 1_000)
    return times
