"""`/model/parse?emulation_mode=`: answers in the form of Wit, LUIS or Dialogflow."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from bot.types import Entity, Reading

Json = dict[str, Any]


def _wit_answer(reading: Reading) -> Json:
    found: dict[str, list[Json]] = {}
    for entity in reading.entities:
        role = entity.role or entity.name
        item = {
            "confidence": 1 if entity.confidence is None else entity.confidence,
            "name": entity.name,
            "value": entity.value,
            "body": _surface(reading, entity),
            "start": entity.start,
            "end": entity.end,
            "role": role,
            "entities": [],
        }
        found.setdefault(f"{entity.name}:{role}", []).append(item)
    intent = {"name": reading.intent.name, "confidence": reading.intent.confidence}
    return {"text": reading.text, "intents": [intent], "entities": found}


def _luis_answer(reading: Reading) -> Json:
    ranking = reading.ranking or (reading.intent,)
    values: dict[str, Any] = {}
    instances: dict[str, list[Json]] = {}
    for entity in reading.entities:
        key = entity.role or entity.name
        values.setdefault(key, []).append(entity.value)
        instances.setdefault(key, []).append(_luis_instance(entity))
    return {
        "query": reading.text,
        "prediction": {
            "normalizedQuery": reading.text,
            "topIntent": reading.intent.name,
            "intents": {str(item.name): {"score": item.confidence} for item in ranking},
            "entities": {"$instance": instances, **values},
        },
    }


def _luis_instance(entity: Entity) -> Json:
    length = None if entity.start is None or entity.end is None else entity.end - entity.start
    return {
        "role": entity.role,
        "type": entity.name,
        "text": entity.value,
        "startIndex": entity.start,
        "length": length,
        "score": entity.confidence,
        "modelType": entity.extractor,
    }


def _dialogflow_answer(reading: Reading) -> Json:
    parameters: dict[str, list[Any]] = {}
    for entity in reading.entities:
        parameters.setdefault(entity.role or entity.name, []).append(entity.value)
    name = reading.intent.name
    return {
        "responseId": str(uuid.uuid4()),
        "queryResult": {
            "queryText": reading.text,
            "action": name,
            "parameters": parameters,
            "fulfillmentText": "",
            "fulfillmentMessages": [],
            "outputContexts": [],
            "intent": {"name": name, "displayName": name},
            "intentDetectionConfidence": reading.intent.confidence,
        },
    }


def _surface(reading: Reading, entity: Entity) -> str | None:
    return None if entity.start is None else reading.text[entity.start : entity.end]


EMULATIONS: dict[str, Callable[[Reading], Json]] = {
    "wit": _wit_answer,
    "luis": _luis_answer,
    "dialogflow": _dialogflow_answer,
}
"""Mode → the answer; all are asked with `text`, as in Rasa."""
