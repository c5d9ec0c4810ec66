"""How well the shipped FAQ is found: prints JSON; takes 20 s. `python tests/bench/retrieval.py`.

The questions in `tests/knowledge/questions` were written for this and are used for nothing else:
paraphrases in other words, and questions of the same field that the FAQ does not answer.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.base import KnowledgeBase
from knowledge.languages import BilingualEmbedder
from knowledge.sources.faq_yaml import parse_faq
from knowledge.types import Hit, Passage

ROOT = Path(__file__).parents[2]
QUESTIONS = ROOT / "tests/knowledge/questions"
FAQ = ROOT / "training_data/faq.yml"
LANGUAGES = ("en", "zh")
ANSWERED = 0.85
"""The share of answerable questions that has to be answered."""
UNANSWERABLE_ANSWERED = 0.05
EMBEDDER = BilingualEmbedder()


def asked(kind: str, language: str) -> list[tuple[str, str]]:
    """Return (id of the right entry, question)."""
    lines = (QUESTIONS / f"{kind}.{language}.tsv").read_text("utf-8").splitlines()
    return [(key, text) for key, text in (line.split("\t") for line in lines)]


def entry(hit: Hit) -> str:
    return hit.passage.id.rpartition("#")[2]


def recall(base: KnowledgeBase, language: str) -> dict[str, float]:
    """Return the recall at some depths."""
    ranks = []
    for key, text in asked("answerable", language):
        found = [entry(hit) for hit in base.search(text, language, 10)]
        ranks.append(found.index(key) + 1 if key in found else 0)
    places = np.array(ranks)
    return {
        f"recall@{depth}": round(float(np.mean((places > 0) & (places <= depth))), 4)
        for depth in (1, 5, 10)
    }


def certainty(base: KnowledgeBase, language: str) -> dict[str, float]:
    """Return how well probabilities tell answerable from unanswerable questions."""

    def chances(kind: str) -> np.ndarray:
        hits = [base.search(text, language, 1)[0] for _, text in asked(kind, language)]
        return np.array([hit.probability for hit in hits])

    yes, no = chances("answerable"), chances("unanswerable")
    threshold = np.quantile(yes, 1 - ANSWERED)
    strict = np.quantile(no, 1 - UNANSWERABLE_ANSWERED)
    return {
        "threshold": round(float(threshold), 4),
        "unanswerable_answered": round(float(np.mean(no >= threshold)), 4),
        "answered_where_unanswerable_is_5_percent": round(float(np.mean(yes > strict)), 4),
        "auc": round(float(np.mean(yes[:, None] > no[None])), 4),
    }


def made(passages: Sequence[Passage], folder: Path) -> KnowledgeBase:
    base = KnowledgeBase.open(folder, embedder=EMBEDDER)
    base.apply(added=passages)
    return base


def main() -> None:
    passages = parse_faq(FAQ.read_text("utf-8"), FAQ.name)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        base = made(passages, Path(scratch) / "both")
        for language in LANGUAGES:
            figures[language] = {**recall(base, language), **certainty(base, language)}
        for written in LANGUAGES:
            asks = next(one for one in LANGUAGES if one != written)
            own = [passage for passage in passages if passage.language == written]
            figures[f"{asks}_asks_{written}"] = recall(made(own, Path(scratch) / written), asks)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
