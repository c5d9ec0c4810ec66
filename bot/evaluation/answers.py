"""Evaluations as Rasa's HTTP API answers them: the reports of `rasa test` in one JSON object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.evaluation import readings
from bot.evaluation.readings import Labelled, Read
from bot.evaluation.scores import Report, report, with_confusions
from bot.evaluation.stories import StoryVerdict, labels

Json = dict[str, Any]


def stories_answer(verdicts: Sequence[StoryVerdict], *, is_end_to_end: bool) -> Json:
    """Return how test stories went: scores over all labels, and every predicted action."""
    pairs = labels(verdicts)
    scores = report([expected for expected, _ in pairs], [found for _, found in pairs])
    return {
        "report": scores if pairs else {},
        "precision": scores["weighted avg"]["precision"],
        "f1": scores["weighted avg"]["f1-score"],
        "accuracy": scores["accuracy"],
        "actions": [
            {
                "action": chosen.expected,
                "predicted": chosen.predicted,
                "policy": chosen.policy,
                "confidence": chosen.confidence,
            }
            for verdict in verdicts
            for chosen in verdict.pairs.actions
        ],
        # Rasa looks for names of policies that no policy of version 3 has.
        "in_training_data_fraction": 0.0,
        "is_end_to_end_evaluation": is_end_to_end,
    }


def readings_answer(reads: Sequence[Read]) -> Json:
    """Return how labelled texts were read; what no text has, or all have alike, is null."""
    found, selected = readings.intents(reads), readings.response_keys(reads)
    extractors = readings.extractors(reads)
    is_told_apart = len({item.expected for item in found}) > 1
    return {
        "intent_evaluation": _intents(found) if is_told_apart else None,
        "entity_evaluation": {name: _entities(reads, name) for name in extractors} or None,
        "response_selection_evaluation": _responses(selected) if selected else None,
    }


def folds_answer(reads: Sequence[Read]) -> Json:
    """Return the scores over the tested examples of all folds.

    Rasa reads its own F1 under a wrong key and answers null; this one tells it.
    """
    answer = readings_answer(reads)
    return {name: _fold(part or {}) for name, part in answer.items()}


def _fold(part: Json) -> Json:
    scores = part.get("report", {}).get("weighted avg", {})
    return {
        "report": part.get("report", {}),
        "precision": scores.get("precision"),
        "f1_score": scores.get("f1-score"),
        "errors": part.get("errors", []),
    }


def _intents(items: Sequence[Labelled]) -> Json:
    predictions = [
        {
            "text": item.text,
            "intent": item.expected,
            "predicted": item.predicted,
            "confidence": item.confidence,
        }
        for item in items
    ]
    return {"predictions": predictions, **_labelled(items, readings.intent_json)}


def _responses(items: Sequence[Labelled]) -> Json:
    predictions = [
        {
            "text": item.text,
            "intent_response_key_target": item.expected,
            "intent_response_key_prediction": item.predicted,
            "confidence": item.confidence,
        }
        for item in items
    ]
    return {"predictions": predictions, **_labelled(items, readings.response_json)}


def _labelled(items: Sequence[Labelled], as_json: Callable[[Labelled], Json]) -> Json:
    expected, predicted = [i.expected for i in items], [i.predicted for i in items]
    scores = with_confusions(report(expected, predicted), expected, predicted)
    return _scored(scores, [as_json(item) for item in items if not item.is_right])


def _entities(reads: Sequence[Read], extractor: str) -> Json:
    items = list(readings.tagged(reads, extractor))
    expected = [label for item in items for label in item.expected]
    predicted = [label for item in items for label in item.predicted]
    scores = with_confusions(
        report(expected, predicted, without=readings.NO_ENTITY),
        expected, predicted, without=readings.NO_ENTITY,
    )  # fmt: skip
    wrong = [item for item in items if item.expected != item.predicted]
    return _scored(scores, list(map(readings.tagged_json, wrong)))


def _scored(scores: Report, errors: list[Json]) -> Json:
    average = scores["weighted avg"]
    return {
        "report": scores,
        "precision": average["precision"],
        "f1_score": average["f1-score"],
        "accuracy": scores["accuracy"],
        "errors": errors,
    }
