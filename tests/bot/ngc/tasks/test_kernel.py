"""Kernel ridge regression solves what it says, and scores what it did not learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bot.ngc.tasks.kernel import kernel_matrix, leave_one_out, radial, solve_in_place

CHANCE = np.random.default_rng(0)
VECTORS = CHANCE.normal(size=(40, 6)).astype(np.float32) / 3
GRAMS = csr_matrix((CHANCE.random((40, 30)) > 0.9).astype(np.float32))
TARGETS = np.eye(3, dtype=np.float32)[CHANCE.integers(3, size=40)]
RIDGE = 0.1


def _kernel() -> np.ndarray:
    lower = kernel_matrix(VECTORS, GRAMS, lambda share: None)
    return np.tril(lower) + np.tril(lower, -1).T


def test_the_radial_kernel_is_one_at_home_and_fades() -> None:
    found = radial(VECTORS, VECTORS)

    np.testing.assert_allclose(found.diagonal(), 1.0, atol=1e-5)
    distance = np.linalg.norm(VECTORS[0] - VECTORS[1])
    assert found[0, 1] == pytest.approx(np.exp(-2 * distance**2), rel=1e-4)


def test_the_kernel_adds_the_product_of_n_grams() -> None:
    expected = radial(VECTORS, VECTORS) + (GRAMS @ GRAMS.T).toarray()

    np.testing.assert_allclose(_kernel(), expected, rtol=1e-4, atol=1e-5)


def test_the_solution_solves_the_equations() -> None:
    kernel = _kernel()

    found = solve_in_place(np.asfortranarray(kernel.copy()), TARGETS, RIDGE, 0)

    solved = (kernel + RIDGE * np.eye(40)) @ found.coefficients
    np.testing.assert_allclose(solved, TARGETS, atol=1e-3)


def test_held_scores_are_those_of_a_solution_without_the_held_rows() -> None:
    kernel = _kernel()

    found = solve_in_place(np.asfortranarray(kernel.copy()), TARGETS, RIDGE, 10)

    alone = np.linalg.solve(kernel[:30, :30] + RIDGE * np.eye(30), TARGETS[:30])
    np.testing.assert_allclose(found.held_scores, kernel[30:, :30] @ alone, atol=1e-3)


def test_leave_one_out_is_what_leaving_one_out_gives() -> None:
    kernel = _kernel()

    found = leave_one_out(kernel, TARGETS, RIDGE)

    others = [row for row in range(40) if row != 7]
    system = kernel[np.ix_(others, others)] + RIDGE * np.eye(39)
    expected = kernel[7, others] @ np.linalg.solve(system, TARGETS[others])
    np.testing.assert_allclose(found[7], expected, atol=1e-3)
