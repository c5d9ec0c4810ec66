"""Search over a snapshot: proposals of vectors and of BM25, ordered by one ranking."""

from __future__ import annotations

from typing import Final

from knowledge.candidates import Candidates, propose
from knowledge.embedder import clean
from knowledge.languages import ENGLISH, BilingualEmbedder, detect_language, primary_language
from knowledge.segment import QUESTION, rows_of
from knowledge.snapshot import Snapshot
from knowledge.types import Filters, Hit

import numpy as np  # isort: skip

CANDIDATE_ROWS: Final = 30
"""How many rows each way of searching proposes, at least; a passage has several."""
ROWS_PER_HIT: Final = 4


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
    wanted = max(CANDIDATE_ROWS, ROWS_PER_HIT * k)
    candidates = propose(snapshot, embedder, text, language, wanted, filters)
    scores = snapshot.ranking.scores(candidates.signals, candidates.relations)
    order = np.argsort(-scores, kind="stable")[:k].tolist()
    hits: list[Hit] = []
    for place in order:
        chance = snapshot.ranking.probability(
            candidates.signals[place], candidates.relations[place]
        )
        # What is ranked lower is never told to be surer.
        chance = min([chance, *(hit.probability or 0.0 for hit in hits[-1:])])
        hits.append(_hit(candidates, place, len(hits), chance))
    return tuple(hits)


def _hit(candidates: Candidates, candidate: int, number: int, chance: float) -> Hit:
    place = candidates.places[candidate]
    passage = place.segment.passage(place.position)
    nearest, cosine = candidates.nearest_row(candidate)
    row = rows_of([passage])[nearest]
    return Hit(
        passage=passage,
        score=max(-1.0, min(1.0, cosine)),
        rank=number,
        matched=row.text if row.kind == QUESTION else passage.title,
        probability=chance,
    )
