"""What trained models say of texts, as JSON: the same for every server of `/v1/ngc/*`."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bot.errors import BotError
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.language import language_of
from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.sample import NO_RELATION, Prediction, Sample, Span
from bot.ngc.tasks.wire import ROUTES, TOP, Json, as_json, span_json
from bot.types import Entity, Relation

MAX_ENTITIES: Final = 12
"""Of a text whose relations are wanted; the pairs grow with the square."""


class NoModel(BotError, LookupError):
    """No loaded model can tell what is asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A text whose relations are wanted: that of two parts, or those between all its entities."""

    text: str
    pair: tuple[Span, Span] | None = None
    """Head and tail."""


class RelationFinder(Protocol):
    """Finds entities by itself, and the relations between them."""

    def find(self, text: str, language: str) -> Sequence[Relation]:
        """Return the relations in `text`."""
        ...


class Answers:
    """Asks the models, one prediction at a time, as BLAS is on one thread. Safe to share."""

    def __init__(self, trained: Sequence[Trained], finder: RelationFinder | None = None) -> None:
        """Hold the models; a later one of a task takes the place of an earlier one.

        Args:
            trained: The models.
            finder: Finds the relations of a text alone if no model finds its entities.
        """
        self._trained: dict[TaskName, Trained] = {one.task: one for one in trained}
        self._finder = finder
        self._lock = threading.Lock()

    @property
    def tasks(self) -> tuple[TaskName, ...]:
        """Return the tasks that have a model."""
        return tuple(self._trained)

    def intents(self, texts: Sequence[str], top: int = TOP) -> list[Json]:
        """Return for each text its `label`, `confidence` and `ranking` of at most `top`.

        Raises:
            NoModel: no model can tell; as all methods.
        """
        return self._labelled("intent", texts, top)

    def sentiments(self, texts: Sequence[str], top: int = TOP) -> list[Json]:
        """Return the same for how the writer of each text feels."""
        return self._labelled("sentiment", texts, top)

    def entities(self, texts: Sequence[str]) -> list[Json]:
        """Return the `entities` of each text, in its order."""
        samples = [Sample(text=text) for text in texts]
        found = self._predict("entities", samples)
        return [
            {"entities": [span_json(sample.text, span) for span in one.spans]}
            for sample, one in zip(samples, found, strict=True)
        ]

    def relations(self, asked: Sequence[Asked]) -> list[Json]:
        """Return the `relations` of each text; of a pair always exactly one."""
        return [{"relations": self._relations(one)} for one in asked]

    def _relations(self, asked: Asked) -> list[Json]:
        text = asked.text
        if asked.pair is not None:
            (found,) = self._predict("relations", [Sample(text=text, spans=asked.pair)])
            return [_relation(text, asked.pair, found)]
        if self._has("entities"):
            return self._between(text, self._predict("entities", [Sample(text=text)])[0].spans)
        if self._finder is None:
            raise NoModel("name `head` and `tail`, or start with a model that finds entities, too")
        with self._lock:
            related = self._finder.find(text, language_of(text).tag)
        return [_told(text, one) for one in related]

    def _between(self, text: str, spans: Sequence[Span]) -> list[Json]:
        pairs = list(itertools.permutations(spans[:MAX_ENTITIES], 2))
        found = self._predict("relations", [Sample(text=text, spans=pair) for pair in pairs])
        return [
            _relation(text, pair, one)
            for pair, one in zip(pairs, found, strict=True)
            if one.label != NO_RELATION
        ]

    def _labelled(self, wanted: str, texts: Sequence[str], top: int) -> list[Json]:
        samples = [Sample(text=text) for text in texts]
        told = [
            as_json(sample, one, top)
            for sample, one in zip(samples, self._predict(wanted, samples), strict=True)
        ]
        return [{name: one[name] for name in ("label", "confidence", "ranking")} for one in told]

    def _has(self, wanted: str) -> bool:
        return any(task in self._trained for task in ROUTES[wanted])

    def _predict(self, wanted: str, samples: Sequence[Sample]) -> list[Prediction]:
        if not self._has(wanted):
            raise NoModel(f"no model tells {wanted}; start with --model FOLDER of one that does")
        trained = next(self._trained[task] for task in ROUTES[wanted] if task in self._trained)
        with self._lock:
            return trained.predict(samples) if samples else []


def language_json(text: str) -> Json:
    """Return the language of `text`; needs no model."""
    found = language_of(text)
    return {
        "language": found.tag,
        "confidence": found.confidence,
        "is_right_to_left": found.is_right_to_left,
    }


def _relation(text: str, pair: Sequence[Span], found: Prediction) -> Json:
    head, tail = (span_json(text, span) for span in pair)
    return {"relation": found.label, "head": head, "tail": tail, "confidence": found.confidence}


def _told(text: str, found: Relation) -> Json:
    pair = [_span(entity, text) for entity in (found.head, found.tail)]
    return _relation(text, pair, Prediction(label=found.name, confidence=found.confidence))


def _span(entity: Entity, text: str) -> Span:
    """Return where an entity lies; what a button says has no place, and is the whole text."""
    start = 0 if entity.start is None else entity.start
    end = len(text) if entity.end is None else entity.end
    return Span(start, end, entity.name, entity.role, entity.group)
