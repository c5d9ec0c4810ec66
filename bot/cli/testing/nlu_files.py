"""What a test of understanding writes: Rasa's files, under Rasa's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.cli.testing.story_files import write_json
from bot.evaluation import readings
from bot.evaluation.readings import Labelled, Read, Tagged
from bot.evaluation.scores import Report, report, with_confusions


@dataclass(frozen=True, slots=True, kw_only=True)
class NluOptions:
    """What a test of understanding writes."""

    out: Path
    successes: bool = False
    errors: bool = True
    plots: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NluReports:
    """The reports of one test, for the summary on the screen."""

    intents: Report | None
    responses: Report | None
    entities: dict[str, Report]
    wrong: tuple[Labelled, ...]


def write_nlu_files(reads: Sequence[Read], options: NluOptions) -> NluReports:
    """Write all reports over `reads`; those without anything to report are left out."""
    options.out.mkdir(parents=True, exist_ok=True)
    found = readings.intents(reads)
    selected = readings.response_keys(reads)
    return NluReports(
        intents=_labels(found, "intent", "Intents", readings.intent_json, options),
        responses=_labels(
            selected, "response_selection", "Responses", readings.response_json, options
        ),
        entities={
            name: _entities(list(readings.tagged(reads, name)), name, options)
            for name in readings.extractors(reads)
        },
        wrong=tuple(item for item in found if not item.is_right),
    )


def _labels(
    items: Sequence[Labelled],
    stem: str,
    title: str,
    as_json: Callable[[Labelled], dict[str, Any]],
    options: NluOptions,
) -> Report | None:
    if not items:
        return None
    expected = [item.expected for item in items]
    predicted = [item.predicted for item in items]
    scores = with_confusions(report(expected, predicted), expected, predicted)
    out = options.out
    write_json(out / f"{stem}_report.json", scores)
    right = [item for item in items if item.is_right]
    wrong = [item for item in items if not item.is_right]
    if options.errors and wrong:
        write_json(out / f"{stem}_errors.json", [as_json(item) for item in wrong])
    if options.successes and right:
        write_json(out / f"{stem}_successes.json", [as_json(item) for item in right])
    if options.plots:
        from bot.evaluation import plots  # matplotlib takes half a second

        path = out / f"{stem}_confusion_matrix.png"
        plots.confusion_matrix(expected, predicted, path, title=title)
        plots.confidence_histogram(
            [item.confidence for item in right],
            [item.confidence for item in wrong],
            out / f"{stem}_histogram.png",
            title=f"{title}: confidence",
        )
    return scores


def _entities(items: Sequence[Tagged], extractor: str, options: NluOptions) -> Report:
    expected = [label for item in items for label in item.expected]
    predicted = [label for item in items for label in item.predicted]
    none = readings.NO_ENTITY
    scores = report(expected, predicted, without=none)
    scores = with_confusions(scores, expected, predicted, without=none)
    out = options.out
    write_json(out / f"{extractor}_report.json", scores)
    wrong = [item for item in items if item.expected != item.predicted]
    right = [
        item for item in items if item.expected == item.predicted and set(item.expected) - {none}
    ]
    if options.errors and wrong:
        write_json(out / f"{extractor}_errors.json", list(map(readings.tagged_json, wrong)))
    if options.successes and right:
        write_json(out / f"{extractor}_successes.json", list(map(readings.tagged_json, right)))
    if options.plots:
        from bot.evaluation import plots

        path = out / f"{extractor}_confusion_matrix.png"
        plots.confusion_matrix(expected, predicted, path, title=f"Entities of {extractor}, tokens")
        sure = [
            (entity.confidence or 0.0, item.expected == item.predicted)
            for item in items
            for entity in item.predicted_entities
            if entity.confidence is not None
        ]
        if sure:
            plots.confidence_histogram(
                [value for value, is_right in sure if is_right],
                [value for value, is_right in sure if not is_right],
                out / f"{extractor}_histogram.png",
                title=f"Entities of {extractor}: confidence",
            )
    return scores
