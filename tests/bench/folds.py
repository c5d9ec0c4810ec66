"""The same five folds for every engine under test, and how its readings of them are scored."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.project import Example, Project

FOLDS = 5
SEED = 42
Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an engine read in one held-out text."""

    intent: str | None
    spans: frozenset[Span]
    """(start, end, entity) of each entity."""


def split(examples: Sequence[Example]) -> list[list[int]]:
    """Return the rows of each fold; every intent is spread evenly, an only example stays out."""
    rows: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        rows.setdefault(example.intent or "", []).append(row)
    folds: list[list[int]] = [[] for _ in range(FOLDS)]
    shuffle = random.Random(SEED).shuffle
    place = 0
    for intent in sorted(rows):
        shuffle(rows[intent])
        for row in rows[intent] if len(rows[intent]) > 1 else ():
            folds[place % FOLDS].append(row)
            place += 1
    return folds


def usable(project: Project) -> tuple[Example, ...]:
    """Return the examples that have an intent."""
    return tuple(example for example in project.understanding.examples if example.intent)


def expected(example: Example) -> Answer:
    """Return what a perfect engine answers."""
    spans = frozenset((e.start or 0, e.end or 0, e.name) for e in example.entities)
    return Answer(intent=(example.intent or "").split("/")[0], spans=spans)


def answer_of(reading: Mapping[str, Any], entities: frozenset[str]) -> Answer:
    """Return the answer in Rasa's parse JSON; a fallback counts as the intent behind it."""
    ranking = [one["name"] for one in reading.get("intent_ranking") or ()]
    named = [name for name in ranking if name != "nlu_fallback"]
    spans = frozenset(
        (one["start"], one["end"], one["entity"])
        for one in reading["entities"]
        if one["entity"] in entities
    )
    return Answer(intent=named[0] if named else reading["intent"]["name"], spans=spans)


def scores(pairs: Iterable[tuple[Answer, Answer]]) -> dict[str, float | None]:
    """Return F1 of intents (weighted, as Rasa reports it, and macro) and of entity spans (micro).

    Args:
        pairs: (expected, found) of each held-out text.
    """
    pairs = list(pairs)
    hits, wanted, found = Counter[str](), Counter[str](), Counter[str]()
    right = annotated = claimed = 0
    for truth, answer in pairs:
        wanted[truth.intent or ""] += 1
        found[answer.intent or ""] += 1
        hits[truth.intent or ""] += truth.intent == answer.intent
        right += len(truth.spans & answer.spans)
        annotated += len(truth.spans)
        claimed += len(answer.spans)
    f1 = {name: 2 * hits[name] / (wanted[name] + found[name]) for name in wanted}
    total = sum(wanted.values())
    return {
        "intent_f1_weighted": round(sum(f1[name] * wanted[name] for name in f1) / total, 4),
        "intent_f1_macro": round(sum(f1.values()) / len(f1), 4),
        "entity_f1": round(2 * right / (annotated + claimed), 4) if annotated else None,
    }
