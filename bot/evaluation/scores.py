"""Precision, recall and F1 of labels, in the JSON shape of Rasa's reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

Report = dict[str, Any]


def report(
    expected: Sequence[str], predicted: Sequence[str], *, without: str | None = None
) -> Report:
    """Return scores per label and their averages.

    Only labels that are expected somewhere get a row, as in Rasa's reports.

    Args:
        expected: The right label of each item.
        predicted: The label that was found for each item.
        without: A label that counts as no label, such as "no entity".
    """
    # A server can evaluate, and must start without this.
    from sklearn.metrics import (
        accuracy_score,
        classification_report,
        precision_recall_fscore_support,
    )

    names = sorted(set(expected) - {without})
    if not names:
        return {"accuracy": 0.0, **{key: _row(0, 0, 0, 0) for key in _AVERAGES}}
    zero: Any = 0  # scikit-learn's annotation knows only the text "warn"
    scores = classification_report(
        expected, predicted, labels=names, output_dict=True, zero_division=zero
    )
    assert isinstance(scores, dict)
    precision, recall, f1, _ = precision_recall_fscore_support(
        expected, predicted, labels=names, average="micro", zero_division=zero
    )
    support = sum(label in names for label in expected)
    scores["micro avg"] = _row(precision, recall, f1, support)
    scores["accuracy"] = float(accuracy_score(expected, predicted))
    return {key: _plain(value) for key, value in scores.items()}


def with_confusions(
    scores: Report,
    expected: Sequence[str],
    predicted: Sequence[str],
    *,
    without: str | None = None,
    limit: int = 3,
) -> Report:
    """Return `scores` where each label says which others it was most often taken for.

    Args:
        scores: What `report` returned for the same labels.
        expected: The right label of each item.
        predicted: The label that was found for each item.
        without: A label that counts as no label.
        limit: How many others to tell.
    """
    wrong: dict[str, Counter[str]] = {}
    for right, found in zip(expected, predicted, strict=True):
        if found not in (right, without):
            wrong.setdefault(right, Counter())[found] += 1
    labels = set(expected)
    return {
        key: {**row, "confused_with": dict(wrong.get(key, Counter()).most_common(limit))}
        if key in labels and key not in _SUMMARIES
        else row
        for key, row in scores.items()
    }


_AVERAGES = ("micro avg", "macro avg", "weighted avg")
_SUMMARIES = (*_AVERAGES, "accuracy")


def is_label(key: str) -> bool:
    """Tell whether `key` of a report is a label, not an average."""
    return key not in (*_SUMMARIES, "conversation_accuracy")


def _row(precision: float, recall: float, f1: float, support: int) -> dict[str, float]:
    return {"precision": precision, "recall": recall, "f1-score": f1, "support": support}


def _plain(value: Any) -> Any:
    """Return numpy's numbers as Python's; a support is a count."""
    if not isinstance(value, dict):
        return float(value)
    return {k: int(v) if k == "support" else float(v) for k, v in value.items()}
