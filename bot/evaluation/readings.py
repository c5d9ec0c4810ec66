"""What understanding found in labelled texts, in the shapes of Rasa's files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.formats.events import entity_to_rasa
from bot.ngc.tokenizer import mixed_tokens
from bot.project import Example
from bot.types import Entity, Intent, Reading

FALLBACK = "nlu_fallback"
NO_ENTITY = "no_entity"
PRETRAINED = frozenset({"DucklingEntityExtractor", "SpacyEntityExtractor"})
"""Extractors that no example trains: what they find is not in the examples' labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An example, and what was understood of its text."""

    example: Example
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A right label and the one that was found, with its confidence."""

    text: str
    expected: str
    predicted: str
    confidence: float

    @property
    def is_right(self) -> bool:
        """Tell whether the right label was found."""
        return self.expected == self.predicted


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """The tokens of one text with the entity each belongs to, expected and found."""

    text: str
    entities: tuple[Entity, ...]
    predicted_entities: tuple[Entity, ...]
    expected: tuple[str, ...]
    predicted: tuple[str, ...]


def best_intent(reading: Reading) -> Intent:
    """Return the intent that was found, before a fallback took its place."""
    if reading.intent.name != FALLBACK:
        return reading.intent
    found = (intent for intent in reading.ranking if intent.name != FALLBACK)
    return next(found, Intent(name=None, confidence=0.0))


def intents(reads: Sequence[Read]) -> list[Labelled]:
    """Return the intents of all texts that have one."""
    found: list[Labelled] = []
    for read in reads:
        if not read.example.intent:
            continue
        best = best_intent(read.reading)
        found.append(
            Labelled(
                text=read.example.text,
                expected=read.example.intent.split("/", 1)[0],
                predicted=(best.name or "").split("/", 1)[0],
                confidence=best.confidence,
            )
        )
    return found


def response_keys(reads: Sequence[Read]) -> list[Labelled]:
    """Return the selected responses of all texts of retrieval intents."""
    found: list[Labelled] = []
    for read in reads:
        expected = read.example.intent or ""
        if "/" not in expected:
            continue
        selected = read.reading.response_selector
        chosen = selected.get(expected.split("/", 1)[0]) or selected.get("default") or {}
        response = chosen.get("response") or {}
        found.append(
            Labelled(
                text=read.example.text,
                expected=expected,
                predicted=response.get("intent_response_key") or "",
                confidence=float(response.get("confidence") or 0.0),
            )
        )
    return found


def extractors(reads: Sequence[Read]) -> list[str]:
    """Return the names of all trained extractors that found something."""
    names = {entity.extractor for read in reads for entity in read.reading.entities}
    return sorted(name for name in names if name and name not in PRETRAINED)


def tagged(reads: Sequence[Read], extractor: str) -> Iterator[Tagged]:
    """Yield the tokens of every text as labelled, and as `extractor` sees them.

    A pipeline without a tokenizer tells no tokens; words and Chinese characters then stand in.
    """
    for read in reads:
        found = tuple(e for e in read.reading.entities if e.extractor == extractor)
        tokens = read.reading.text_tokens or _words(read.example.text)
        yield Tagged(
            text=read.example.text,
            entities=read.example.entities,
            predicted_entities=found,
            expected=tuple(_label(token, read.example.entities) for token in tokens),
            predicted=tuple(_label(token, found) for token in tokens),
        )


def _words(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((token.start, token.end) for token in mixed_tokens(text))


def _label(token: tuple[int, int], entities: Sequence[Entity]) -> str:
    """Return the entity that covers most of `token`; half of it at least."""
    best, name = 0, NO_ENTITY
    for entity in entities:
        if entity.start is None or entity.end is None:
            continue
        shared = min(token[1], entity.end) - max(token[0], entity.start)
        if shared > best and 2 * shared >= token[1] - token[0]:
            best, name = shared, entity.name
    return name


def intent_json(item: Labelled) -> dict[str, Any]:
    """Return an entry of `intent_errors.json` or `intent_successes.json`."""
    return {
        "text": item.text,
        "intent": item.expected,
        "intent_prediction": {"name": item.predicted, "confidence": item.confidence},
    }


def response_json(item: Labelled) -> dict[str, Any]:
    """Return an entry of `response_selection_errors.json` or its counterpart."""
    return {
        "text": item.text,
        "intent_response_key_target": item.expected,
        "intent_response_key_prediction": {
            "name": item.predicted,
            "confidence": item.confidence,
        },
    }


def tagged_json(item: Tagged) -> dict[str, Any]:
    """Return an entry of `<extractor>_errors.json` or its counterpart."""
    return {
        "text": item.text,
        "entities": [_annotated(entity) for entity in item.entities],
        "predicted_entities": [entity_to_rasa(entity) for entity in item.predicted_entities],
    }


def _annotated(entity: Entity) -> dict[str, Any]:
    data = {
        "start": entity.start,
        "end": entity.end,
        "value": entity.value,
        "entity": entity.name,
        "role": entity.role,
        "group": entity.group,
    }
    return {key: value for key, value in data.items() if value is not None}
