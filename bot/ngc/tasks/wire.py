"""Predictions as JSON, and the limits of requests: for `predict` and for every server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.sample import Prediction, Sample, Span

Json = dict[str, Any]

MAX_CHARS: Final = 10_000
"""Of a text."""
MAX_TEXTS: Final = 256
"""Of a batch."""
TOP: Final = 10
"""Labels of a ranking that are told unless more are asked for."""
ROUTES: Final[Mapping[str, tuple[TaskName, ...]]] = {
    "intent": ("intent", "slots"),
    "entities": ("slots", "ner"),
    "sentiment": ("sentiment",),
    "relations": ("relations",),
}
"""What is asked for → the tasks whose models can answer it."""


def as_json(sample: Sample, found: Prediction, top: int) -> Json:
    """Return a prediction with its text.

    Args:
        sample: What was read.
        found: What was found in it.
        top: How many labels of the ranking are told.
    """
    told: Json = {"text": sample.text}
    if found.label or found.ranking:
        told |= {
            "label": found.label,
            "confidence": found.confidence,
            "ranking": [
                {"label": label, "confidence": share} for label, share in found.ranking[:top]
            ],
        }
    told["entities"] = [span_json(sample.text, span) for span in found.spans]
    return told


def span_json(text: str, span: Span) -> Json:
    """Return an entity as Rasa writes it; `end` is exclusive, both count code points."""
    told: Json = {
        "entity": span.name,
        "start": span.start,
        "end": span.end,
        "value": text[span.start : span.end],
    }
    sides = {"role": span.role, "group": span.group}
    return told | {key: value for key, value in sides.items() if value is not None}
