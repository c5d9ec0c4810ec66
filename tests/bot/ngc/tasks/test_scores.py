"""The measures, against numbers that were worked out by hand or by their official scorers."""

from __future__ import annotations

import numpy as np
import pytest

from bot.ngc.tasks import scores
from bot.ngc.tasks.report import headline, report
from bot.ngc.tasks.sample import OUT_OF_SCOPE, Prediction, Sample, Span


def _prediction(label: str, confidence: float = 1.0, spans: tuple[Span, ...] = ()) -> Prediction:
    return Prediction(
        label=label, confidence=confidence, ranking=((label, confidence),), spans=spans
    )


def test_macro_and_micro_f1_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    chance = np.random.default_rng(0)
    expected = chance.choice(list("abcd"), 200).tolist()
    predicted = chance.choice(list("abce"), 200).tolist()

    counts = scores.label_counts(expected, predicted)

    assert scores.macro_f1(counts.values()) == pytest.approx(
        f1_score(expected, predicted, average="macro", zero_division=0)
    )
    assert scores.total(counts.values()).f1 == pytest.approx(
        f1_score(expected, predicted, average="micro")
    )


def test_a_span_is_right_only_with_its_bounds_and_name() -> None:
    expected = (Span(0, 4, "city"), Span(5, 9, "date"), Span(10, 12, "city"))
    predicted = (Span(0, 4, "city"), Span(5, 8, "date"), Span(10, 12, "place"))

    counts = scores.span_counts(expected, predicted)

    assert counts["city"] == scores.Counts(right=1, missed=1)
    assert counts["date"] == scores.Counts(wrong=1, missed=1)
    assert counts["place"] == scores.Counts(wrong=1)
    assert scores.total(counts.values()).f1 == pytest.approx(1 / 3)


def test_a_role_makes_no_span_wrong() -> None:
    counts = scores.span_counts([Span(0, 4, "city", "from")], [Span(0, 4, "city", "to")])

    assert counts["city"] == scores.Counts(right=1)


def test_semeval_f1_leaves_other_out_and_punishes_the_wrong_direction() -> None:
    # Worked out with the task's scorer: A: 1 right, 2 found, 2 there; B: 1 right, 2 found, 1 there.
    expected = ["A(e1,e2)", "A(e2,e1)", "B(e1,e2)", "Other", "Other"]
    predicted = ["A(e1,e2)", "A(e1,e2)", "B(e1,e2)", "B(e2,e1)", "Other"]

    assert scores.semeval_f1(expected, predicted) == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_intents_and_entities_count_together_as_braun_counts_them() -> None:
    sample = Sample(text="Oslo to Rome", label="go", spans=(Span(0, 4, "from"), Span(8, 12, "to")))
    found = _prediction("stay", spans=(Span(0, 4, "from"),))

    assert scores.overall_counts([sample], [found]) == scores.Counts(right=1, wrong=1, missed=2)


def test_the_calibration_error_is_the_mean_gap_of_the_bins() -> None:
    # Two bins: 0.9 with half right (gap 0.4), 0.1 with none right (gap 0.1).
    assert scores.calibration_error(
        [0.9, 0.9, 0.1, 0.1], [True, False, False, False]
    ) == pytest.approx(0.25)
    assert scores.calibration_error([1.0, 1.0], [True, True]) == 0.0


def test_inside_and_outside_of_the_scope_are_measured_apart() -> None:
    expected = ["a", "a", "b", OUT_OF_SCOPE, OUT_OF_SCOPE]
    predicted = ["a", OUT_OF_SCOPE, "b", OUT_OF_SCOPE, "a"]

    assert scores.out_of_scope_scores(expected, predicted) == {
        "in_scope_accuracy": pytest.approx(2 / 3),
        "oos_recall": 0.5,
        "oos_precision": 0.5,
    }


def test_an_interval_holds_the_mean_and_narrows_with_more_texts() -> None:
    few, many = scores.mean_interval([1, 0] * 20), scores.mean_interval([1, 0] * 2_000)

    assert few[0] < 0.5 < few[1]
    assert many[1] - many[0] < (few[1] - few[0]) / 5
    assert few == scores.mean_interval([1, 0] * 20)


def test_the_report_of_intents_has_all_measures() -> None:
    samples = [Sample(text=str(n), label="ab"[n % 2]) for n in range(10)]
    samples.append(Sample(text="x", label=OUT_OF_SCOPE))
    found = [_prediction("a", 0.5) for _ in samples]

    told = report("intent", samples, found)

    assert told["accuracy"] == pytest.approx(5 / 11)
    assert told["in_scope_accuracy"] == 0.5
    assert told["oos_recall"] == 0.0
    assert told["ece"] == pytest.approx(0.5 - 5 / 11)
    assert told["accuracy_ci95"][0] < 5 / 11 < told["accuracy_ci95"][1]
    assert headline("intent", samples, found) == told["accuracy"]


def test_the_report_of_slots_tells_entities_intents_and_both() -> None:
    span = Span(0, 4, "city")
    samples = [Sample(text="Oslo", label="go", spans=(span,)), Sample(text="hi", label="greet")]
    found = [_prediction("go", spans=(span,)), _prediction("greet", spans=(Span(0, 2, "city"),))]

    told = report("slots", samples, found)

    assert told["accuracy"] == 1.0
    assert told["entity_f1"] == pytest.approx(2 / 3)
    assert told["overall_f1"] == pytest.approx(6 / 7)
    assert told["frame_accuracy"] == 0.5
    assert headline("slots", samples, found) == pytest.approx(2 / 3)


def test_relations_without_a_relation_do_not_count() -> None:
    samples = [Sample(text="x", label=label) for label in ("none", "a", "b", "none")]
    found = [_prediction(label) for label in ("none", "a", "a", "a")]

    told = report("relations", samples, found)

    assert told["macro_f1"] == pytest.approx((2 / 4 + 0) / 2)
    assert told["micro_f1"] == pytest.approx(2 / 5)
