"""Which texts are outside all labels."""

from __future__ import annotations

import numpy as np

from bot.ngc.transformer.scope import MAX_LOSS, Scope, fit_scope, signals

CHANCE = np.random.default_rng(0)
INSIDE, OUTSIDE, LABELS, DIM = 400, 60, 4, 16
CENTRES = np.eye(DIM, dtype=np.float32)[:LABELS]


def texts_at(centres: np.ndarray, spread: float) -> np.ndarray:
    vectors = centres + CHANCE.normal(size=centres.shape) * spread
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def read(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    logits = 10 * vectors @ CENTRES.T
    powers = np.exp(logits)
    return logits, powers / powers.sum(axis=1, keepdims=True)


def scope_and_texts() -> tuple[Scope, np.ndarray, np.ndarray]:
    learnt = texts_at(CENTRES[CHANCE.integers(LABELS, size=200)], 0.1)
    inside = texts_at(CENTRES[CHANCE.integers(LABELS, size=INSIDE)], 0.1)
    outside = texts_at(np.zeros((OUTSIDE, DIM)), 1.0)
    vectors, is_outside = np.concatenate([inside, outside]), np.arange(INSIDE + OUTSIDE) >= INSIDE
    found = signals(learnt, vectors, *read(vectors))
    return fit_scope(learnt, found, is_outside, ~is_outside), inside, outside


def test_texts_far_from_all_examples_are_outside_and_few_others() -> None:
    scope, inside, outside = scope_and_texts()

    assert scope.is_outside(outside, *read(outside)).mean() > 0.9
    assert scope.is_outside(inside, *read(inside)).mean() <= MAX_LOSS


def test_what_is_saved_decides_alike() -> None:
    scope, inside, outside = scope_and_texts()
    vectors = np.concatenate([inside, outside])

    loaded = Scope.of(scope.settings(), scope.arrays())

    expected = scope.is_outside(vectors, *read(vectors))
    assert (loaded.is_outside(vectors, *read(vectors)) == expected).mean() > 0.99


def test_fewer_examples_than_neighbours_are_enough() -> None:
    vectors = texts_at(CENTRES, 0.1)

    assert np.isfinite(signals(vectors[:1], vectors, *read(vectors))).all()
