"""What customers asked and got no answer to, grouped by meaning: what the knowledge base lacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.training.exchanges import Exchange
from bot.training.redaction import names_in, redact
from knowledge.base import Progress
from knowledge.chunks import language_of
from knowledge.languages import BilingualEmbedder

import numpy as np  # isort: skip
from numpy.typing import NDArray

MAX_DISTANCE: Final = 0.5
"""Cosine distance up to which groups of questions are one (average linkage). Grouping the questions
of the shipped FAQ by it agrees best with its entries: adjusted Rand index .34 (English), .23."""
MAX_QUESTIONS: Final = 5_000
"""Per language, the latest ones: all distances between them take 100 MB."""
SHOWN_QUESTIONS: Final = 5
SHOWN_ANSWERS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Questions that mean nearly the same, without what points to a customer."""

    language: str
    count: int
    unanswered: int
    """Of which the bot said that it does not know."""
    led_to_person: int
    """After which a person was asked for."""
    question: str
    """The one that is nearest to all others."""
    questions: tuple[str, ...]
    """Some of the others, each once."""
    answers: tuple[str, ...]
    """What operators answered."""


def gaps_in(
    exchanges: Iterable[Exchange],
    embedder: BilingualEmbedder,
    progress: Progress,
    *,
    min_count: int = 1,
) -> list[Gap]:
    """Return the groups of questions without an answer, the largest first.

    Args:
        exchanges: What was said; those that the bot answered are passed over.
        embedder: Tells how near questions are.
        progress: Told what is being done.
        min_count: Smaller groups are left out.
    """
    by_language: defaultdict[str, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        if exchange.is_unanswered or exchange.led_to_person:
            language = exchange.language or language_of(exchange.question)
            by_language[language].append(exchange)
    found: list[Gap] = []
    for number, (language, asked) in enumerate(by_language.items()):
        progress(f"grouping {len(asked)} questions ({language})", number / len(by_language))
        latest = sorted(asked, key=lambda one: one.asked_at)[-MAX_QUESTIONS:]
        vectors = embedder.embed([one.question for one in latest], language)
        for places in _groups(vectors):
            if len(places) >= min_count:
                found.append(_gap(language, [latest[place] for place in places], vectors[places]))
    return sorted(found, key=lambda gap: (-gap.count, gap.question))


def _groups(vectors: NDArray[np.float32]) -> list[NDArray[np.int64]]:
    """Return the places of the vectors of each group.

    Shapes:
        vectors: float32 [n, dim], unit length; n at least 1.
    """
    if len(vectors) == 1:
        return [np.zeros(1, np.int64)]
    from sklearn.cluster import AgglomerativeClustering

    grouping = AgglomerativeClustering(
        n_clusters=None,  # pyright: ignore[reportArgumentType] - the stub knows no None
        metric="cosine",
        linkage="average",
        distance_threshold=MAX_DISTANCE,
    )
    labels = grouping.fit_predict(vectors)
    return [np.flatnonzero(labels == label) for label in np.unique(labels)]


def _gap(language: str, asked: Sequence[Exchange], vectors: NDArray[np.float32]) -> Gap:
    nearest = np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable")
    ordered = [asked[place] for place in nearest]
    questions = dict.fromkeys(_redacted(one.question, one) for one in ordered)
    answers = dict.fromkeys(_redacted("\n".join(one.answers), one) for one in ordered)
    first, *others = questions
    return Gap(
        language=language,
        count=len(asked),
        unanswered=sum(one.is_unanswered for one in asked),
        led_to_person=sum(one.led_to_person for one in asked),
        question=first,
        questions=tuple(others[:SHOWN_QUESTIONS]),
        answers=tuple([answer for answer in answers if answer][:SHOWN_ANSWERS]),
    )


def _redacted(text: str, exchange: Exchange) -> str:
    return redact(text, exchange.names | names_in(text))
