"""Scores of labels, in the shape of Rasa's reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.scores import is_label, report, with_confusions

_LABELS = st.sampled_from(["greet", "bye", "order"])


def test_a_report_has_a_row_per_expected_label_and_the_averages() -> None:
    scores = report(["a", "a", "b"], ["a", "c", "b"])

    assert set(scores) == {"a", "b", "accuracy", "micro avg", "macro avg", "weighted avg"}
    assert scores["a"] == {
        "precision": 1.0, "recall": 0.5, "f1-score": pytest.approx(2 / 3), "support": 2,
    }  # fmt: skip
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert scores["micro avg"]["precision"] == 1.0
    assert scores["micro avg"]["recall"] == pytest.approx(2 / 3)


def test_a_label_that_stands_for_nothing_gets_no_row() -> None:
    scores = report(["no_entity", "city"], ["city", "city"], without="no_entity")

    assert [key for key in scores if is_label(key)] == ["city"]
    assert scores["city"]["precision"] == 0.5


def test_nothing_to_compare_gives_zeros() -> None:
    scores = report([], [])

    assert scores["accuracy"] == 0.0
    assert scores["weighted avg"]["support"] == 0


def test_confusions_are_told_most_frequent_first() -> None:
    expected, predicted = ["a", "a", "a", "a", "b"], ["c", "b", "b", "a", "b"]

    scores = with_confusions(report(expected, predicted), expected, predicted)

    assert list(scores["a"]["confused_with"].items()) == [("b", 2), ("c", 1)]
    assert scores["b"]["confused_with"] == {}
    assert "confused_with" not in scores["macro avg"]


@given(st.lists(st.tuples(_LABELS, _LABELS), min_size=1, max_size=30))
def test_accuracy_is_the_share_of_equal_labels(pairs: list[tuple[str, str]]) -> None:
    expected, predicted = [a for a, _ in pairs], [b for _, b in pairs]

    scores = report(expected, predicted)

    assert scores["accuracy"] == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
    assert sum(row["support"] for key, row in scores.items() if is_label(key)) == len(pairs)
