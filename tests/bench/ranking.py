"""Fits the chances of `knowledge/ranking.py` and `knowledge/precision.py`, and prints them as JSON.

Takes a minute. The questions are those of `training_data/retrieval` (four services, each with
questions that it does not answer) and the alternatives of the shipped FAQ: each is asked as if it
were not there, and once more as if its whole entry were not there either. Nothing of
`tests/knowledge/questions` is looked at.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from knowledge.base import KnowledgeBase
from knowledge.candidates import Candidates, propose
from knowledge.languages import BilingualEmbedder
from knowledge.learning import alternatives
from knowledge.signals import SIGNALS, Relation
from knowledge.sources.faq_yaml import parse_faq
from knowledge.types import Filters, Passage

ROOT = Path(__file__).parents[2]
SERVICES = ("clinic", "gym", "library", "phone")
FAQ = ROOT / "training_data/faq.yml"
USED: dict[Relation, tuple[str, ...]] = {
    "english": ("question_cosine", "text_cosine"),
    "multilingual": ("question_cosine", "text_cosine", "question_coverage"),
    "across": ("question_cosine", "text_cosine"),
}
"""Further signals change no area under the curve of held-out services by a point."""
LANGUAGES: dict[Relation, tuple[tuple[str, str], ...]] = {
    "english": (("en", "en"),),
    "multilingual": (("zh", "zh"),),
    "across": (("en", "zh"), ("zh", "en")),
}
"""(language of the questions, language of the passages)."""
PRECISIONS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
CANDIDATES = 30
EVERY_SECOND = 2
EMBEDDER = BilingualEmbedder()


class Case(NamedTuple):
    """The best passage of a question."""

    signals: np.ndarray
    is_right: bool


def service(name: str, asked: str, written: str) -> tuple[list[Passage], list[tuple[str, str]]]:
    """Return the entries of a service in one language, and (question, right key) in another."""
    entries: list[Passage] = []
    for key, title, text, _ in lines(name, written):
        if key:
            entry = Passage(id=key, language=written, title=title, text=text, source="")
            entries.append(entry)
    return entries, [
        (one.strip(), f"{written}/{key}" if key else "")
        for key, _, _, questions in lines(name, asked)
        for one in questions.split("|")
    ]


def lines(name: str, language: str) -> list[list[str]]:
    path = ROOT / f"training_data/retrieval/{name}.{language}.tsv"
    return [line.split("\t") for line in path.read_text("utf-8").splitlines()]


def best(
    base: KnowledgeBase, found: Candidates, relation: Relation, right: str, without: str = ""
) -> Case:
    scores = base.snapshot.ranking.scores(found.signals, found.relations)
    for place, one in enumerate(found.places):
        if found.relations[place] != relation or one.key == without:
            scores[place] = -np.inf
    first = int(np.argmax(scores))
    return Case(found.signals[first], found.places[first].key == right)


def cases(relation: Relation, folder: Path) -> Iterator[tuple[Case, Case | None]]:
    """Yield the best passage of each question, and the best one without the right entry."""
    for asked, written in LANGUAGES[relation]:
        for name in SERVICES:
            entries, questions = service(name, asked, written)
            base = KnowledgeBase.open(folder / f"{name}.{asked}.{written}", embedder=EMBEDDER)
            base.apply(added=entries)
            for text, right in questions:
                found = propose(base.snapshot, EMBEDDER, text, asked, CANDIDATES, Filters())
                if found.places:
                    yield best(base, found, relation, right), None
        asking, base = shop(folder, asked), shop(folder, written)
        for one in list(alternatives(asking.snapshot))[::EVERY_SECOND]:
            row = one.row if asked == written else None
            right = f"{written}/{one.key.partition('/')[2]}"
            found = propose(
                base.snapshot, EMBEDDER, one.text, asked, CANDIDATES, Filters(), without=row
            )
            first = best(base, found, relation, right)
            yield first, best(base, found, relation, right, without=right)


def shop(folder: Path, language: str) -> KnowledgeBase:
    """Return the base of the shipped FAQ in one language."""
    entries = parse_faq(FAQ.read_text("utf-8"), FAQ.name)
    base = KnowledgeBase.open(folder / f"shop.{language}", embedder=EMBEDDER)
    if not len(base):
        base.apply(added=[one for one in entries if one.language == language])
    return base


def fitted(relation: Relation, folder: Path) -> tuple[dict[str, object], np.ndarray, np.ndarray]:
    """Return the chances, and the probability of each case with whether it is right."""
    places = [SIGNALS.index(name) for name in USED[relation]]
    pairs = list(cases(relation, folder))
    shop = [case for pair in pairs if pair[1] for case in pair if case]
    all_asked = [pair[0] for pair in pairs]
    what = LogisticRegression(C=2.0).fit(signals(shop, places), rights(shop))
    logits = signals(all_asked, places) @ what.coef_[0]
    scale = LogisticRegression(C=np.inf).fit(logits[:, None], rights(all_asked))
    chances = np.zeros(len(SIGNALS))
    chances[places] = what.coef_[0] * scale.coef_[0, 0]
    told = {"chances": chances.round(2).tolist(), "intercept": round(float(scale.intercept_[0]), 2)}
    return told, scale.predict_proba(logits[:, None])[:, 1], rights(all_asked)


def signals(found: Sequence[Case], places: Sequence[int]) -> np.ndarray:
    return np.stack([case.signals for case in found])[:, places]


def rights(found: Sequence[Case]) -> np.ndarray:
    return np.array([case.is_right for case in found])


def thresholds(chances: np.ndarray, is_right: np.ndarray) -> dict[float, float]:
    """Return from which probability on a share of the answers is right."""
    order = np.argsort(-chances)
    shares = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    reached = {one: np.flatnonzero(shares >= one) for one in PRECISIONS}
    return {
        one: round(float(chances[order[places[-1]]]), 3)
        for one, places in reached.items()
        if len(places)
    }


def main() -> None:
    figures = {}
    with tempfile.TemporaryDirectory() as scratch:
        for relation in USED:
            told, chances, is_right = fitted(relation, Path(scratch))
            precision = thresholds(chances, is_right)
            figures[relation] = {**told, "questions": len(is_right), "thresholds": precision}
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
