"""How sure a model may be, and how much its partner counts."""

from __future__ import annotations

import numpy as np
import pytest

from bot.ngc.transformer.calibration import MIN_TEXTS, Calibration, calibrate, mixed_shares

LABELS, TEXTS = 5, 2_000
CHANCE = np.random.default_rng(0)
TRUTH = CHANCE.integers(LABELS, size=TEXTS)


def noisy_logits(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(TEXTS, LABELS))
    return (noise + 2.0 * np.eye(LABELS)[TRUTH]).astype(np.float32)


def log_shares(logits: np.ndarray) -> np.ndarray:
    return np.log(mixed_shares(Calibration(), logits, None))


def test_logits_that_are_too_sure_are_divided() -> None:
    logits = noisy_logits(1)
    fair = calibrate(logits, None, TRUTH).temperature

    found = calibrate(logits * 3, None, TRUTH).temperature

    assert found == pytest.approx(3 * fair, rel=0.15)


def test_confidences_are_as_high_as_the_accuracy() -> None:
    logits = noisy_logits(1) * 3

    shares = mixed_shares(calibrate(logits, None, TRUTH), logits, None)

    accuracy = (shares.argmax(axis=1) == TRUTH).mean()
    assert shares.max(axis=1).mean() == pytest.approx(accuracy, abs=0.03)


def test_a_partner_that_errs_elsewhere_counts() -> None:
    logits, partner = noisy_logits(1), log_shares(noisy_logits(2) * 2)

    found = calibrate(logits, partner, TRUTH)

    both = mixed_shares(found, logits, partner).argmax(axis=1) == TRUTH
    alone = logits.argmax(axis=1) == TRUTH
    assert found.partner_weight > 0.3 and both.mean() > alone.mean() + 0.03


def test_a_partner_that_knows_nothing_is_left_out() -> None:
    partner = log_shares(np.random.default_rng(3).normal(size=(TEXTS, LABELS)))

    assert calibrate(noisy_logits(1), partner, TRUTH).partner_weight == 0.0


def test_few_texts_decide_nothing() -> None:
    few = slice(MIN_TEXTS - 1)

    assert calibrate(noisy_logits(1)[few], None, TRUTH[few]) == Calibration()
