"""Scales, scopes and thresholds are what held-back texts ask for."""

from __future__ import annotations

import numpy as np
import pytest

from bot.ngc.tasks.calibration import (
    MOST_LOST,
    choose_scale,
    fit_logistic,
    precision_threshold,
    scope_threshold,
    softmax,
)

CHANCE = np.random.default_rng(0)


def test_the_scale_makes_confidences_as_high_as_the_accuracy() -> None:
    truth = CHANCE.integers(3, size=3_000)
    scores = np.eye(3)[truth] * 0.5 + CHANCE.normal(size=(3_000, 3)) * 0.25

    shares = softmax(scores, choose_scale(scores, truth))

    accuracy = (shares.argmax(axis=1) == truth).mean()
    assert shares.max(axis=1).mean() == pytest.approx(accuracy, abs=0.02)


def test_the_logistic_regression_finds_the_probability() -> None:
    signs = CHANCE.normal(size=(5_000, 2))
    truth = CHANCE.random(5_000) < 1 / (1 + np.exp(-(2 * signs[:, 0] - 1)))

    found = fit_logistic(signs, truth, np.ones(5_000))

    at = np.array([[0.0, 0.0], [1.0, 5.0]])
    expected = 1 / (1 + np.exp(-(2 * at[:, 0] - 1)))
    np.testing.assert_allclose(found(at), expected, atol=0.08)


def test_the_scope_costs_one_right_answer_in_a_hundred() -> None:
    sure = np.linspace(0, 1, 1_000)
    is_right = np.ones(1_000, dtype=bool)

    threshold = scope_threshold(sure, is_right)

    assert (sure < threshold).mean() == pytest.approx(MOST_LOST, abs=0.001)


def test_the_scope_refuses_all_below_the_right_answers() -> None:
    sure = np.array([0.1, 0.2, 0.3, 0.8, 0.9])
    is_right = np.array([False, False, False, True, True])

    assert 0.3 < scope_threshold(sure, is_right) < 0.8


def test_a_target_precision_gives_the_lowest_threshold_that_reaches_it() -> None:
    sure = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    is_right = np.array([False, False, False, True, False, True, True, True, True, True])

    threshold, reach = precision_threshold(sure, is_right, 0.85)

    assert 0.3 < threshold < 0.4
    assert reach == pytest.approx(0.7)


def test_a_precision_that_nothing_reaches_gives_the_best_there_is() -> None:
    sure, is_right = np.array([0.2, 0.4, 0.6]), np.array([False, True, False])

    threshold, _ = precision_threshold(sure, is_right, 0.99)

    assert 0.2 < threshold < 0.4


def test_without_any_mistake_everything_is_answered() -> None:
    assert precision_threshold(np.array([0.2, 0.9]), np.array([True, True]), 0.95) == (0.0, 1.0)
