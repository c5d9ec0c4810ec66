"""What an evaluation tells of a task: its measures, and how sure one may be of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bot.ngc.tasks import scores
from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.sample import OUT_OF_SCOPE, Prediction, Sample

Report = dict[str, Any]
HEADLINES: dict[TaskName, str] = {
    "intent": "accuracy",
    "slots": "entity_f1",
    "ner": "entity_f1",
    "sentiment": "accuracy",
    "relations": "macro_f1",
}
"""The measure by which models of a task are compared."""


def report(task: TaskName, samples: Sequence[Sample], predictions: Sequence[Prediction]) -> Report:
    """Return the measures of `predictions`, all in [0, 1]; `..._ci95` are 95 % intervals.

    Args:
        task: What was to be found.
        samples: What people said.
        predictions: What a model said, in the same order.
    """
    found: Report = {"task": task, "texts": len(samples)}
    if task in ("slots", "ner"):
        found |= _spans(samples, predictions)
    labelled = [row for row, sample in enumerate(samples) if sample.label]
    if labelled and task != "ner" and any(predictions[row].ranking for row in labelled):
        found |= _labels(
            task, [samples[row] for row in labelled], [predictions[row] for row in labelled]
        )
    if task == "slots" and "accuracy" in found:
        overall = scores.overall_counts(samples, predictions)
        found |= {"overall_f1": overall.f1, "frame_accuracy": _frames(samples, predictions)}
    return found


def headline(task: TaskName, samples: Sequence[Sample], predictions: Sequence[Prediction]) -> float:
    """Return the measure by which models of `task` are compared, in [0, 1]."""
    expected = [sample.label for sample in samples]
    found = [one.label for one in predictions]
    if task in ("intent", "sentiment"):
        return scores.accuracy(expected, found)
    if task == "relations":
        return _macro(expected, found)
    counts = map(_counts, samples, predictions)
    return scores.total(counts).f1


def _spans(samples: Sequence[Sample], predictions: Sequence[Prediction]) -> Report:
    by_text = list(map(_counts, samples, predictions))
    counts = scores.total(by_text)
    by_name: Counter[str] = Counter()
    names: dict[str, scores.Counts] = {}
    for sample, one in zip(samples, predictions, strict=True):
        by_name.update(span.name for span in sample.spans)
        for name, count in scores.span_counts(sample.spans, one.spans).items():
            names[name] = names.get(name, scores.Counts()) + count
    return {
        "entities": sum(by_name.values()),
        "entity_precision": counts.precision,
        "entity_recall": counts.recall,
        "entity_f1": counts.f1,
        "entity_f1_ci95": scores.f1_interval(by_text),
        "entity_macro_f1": scores.macro_f1(names.values()),
        "entity_f1_by_name": {name: names[name].f1 for name in sorted(by_name)},
    }


def _counts(sample: Sample, found: Prediction) -> scores.Counts:
    return scores.total(scores.span_counts(sample.spans, found.spans).values())


def _labels(task: TaskName, samples: Sequence[Sample], found: Sequence[Prediction]) -> Report:
    expected = [sample.label for sample in samples]
    predicted = [one.label for one in found]
    without = scores.NEGATIVE_RELATIONS if task == "relations" else ()
    counts = scores.label_counts(expected, predicted, without=without)
    best = [one.ranking[0][0] if one.ranking else one.label for one in found]
    is_best = list(map(str.__eq__, expected, best))
    is_right = [float(one == other) for one, other in zip(expected, predicted, strict=True)]
    told: Report = {
        "labels": len(set(expected)),
        "accuracy": scores.accuracy(expected, predicted),
        "accuracy_ci95": scores.mean_interval(is_right),
        "macro_f1": scores.macro_f1(counts.values()),
        "micro_f1": scores.total(counts.values()).f1,
        "ece": scores.calibration_error([one.confidence for one in found], is_best),
    }
    if task == "relations":
        told["macro_f1"] = _macro(expected, predicted)
        told["macro_f1_ci95"] = scores.macro_f1_interval(expected, predicted, _macro)
    if OUT_OF_SCOPE in expected:
        told |= scores.out_of_scope_scores(expected, predicted)
    return told


def _macro(expected: Sequence[str], predicted: Sequence[str]) -> float:
    if scores.is_directed(expected):
        return scores.semeval_f1(expected, predicted)
    counts = scores.label_counts(expected, predicted, without=scores.NEGATIVE_RELATIONS)
    return scores.macro_f1(counts.values())


def _frames(samples: Sequence[Sample], predictions: Sequence[Prediction]) -> float:
    """Return the share of texts of which the intent and every entity are right."""
    right = [
        sample.label == found.label and _places(sample) == _places(found)
        for sample, found in zip(samples, predictions, strict=True)
    ]
    return sum(right) / len(right) if right else 0.0


def _places(one: Sample | Prediction) -> set[tuple[int, int, str]]:
    return {(span.start, span.end, span.name) for span in one.spans}
