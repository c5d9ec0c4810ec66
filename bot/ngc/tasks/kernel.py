"""Kernel ridge regression: a score per label that fades with the distance to all examples.

Each label's target is 1 for its own examples and 0 for all others, so that an example of no label
pulls every score to 0. Solved by one Cholesky factorisation: O(examples³ / 3), in place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SHARPNESS: Final = 2.0
"""Of the radial kernel `exp(-SHARPNESS · distance²)` over vectors of length 1. 1 and 2 were alike
within a point on three public sets of intents in English and Chinese; 4 cost up to 2."""
BLOCK_ROWS: Final = 1_024
COMMON_SHARE: Final = 0.05
"""Columns that more rows fill are multiplied as dense ones, thirty times faster."""

Array = NDArray[Any]
Done = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Solution:
    """What the examples teach."""

    coefficients: NDArray[np.float32]
    """float32 [examples, labels]."""
    held_scores: NDArray[np.float32]
    """float32 [held, labels]: of the last examples, as learnt from all before them alone."""


def squares_of(vectors: Array) -> NDArray[np.float32]:
    """Return the squared length of each row, float32 [rows]."""
    return np.einsum("ij,ij->i", vectors, vectors)


def radial(left: Array, right: Array, right_squares: Array | None = None) -> NDArray[np.float32]:
    """Return the kernel of each pair of rows, float32 [left, right], in (0, 1].

    Args:
        left: float32 [left, dim].
        right: float32 [right, dim].
        right_squares: `squares_of(right)` where it is known.
    """
    known = squares_of(right) if right_squares is None else right_squares
    squares = squares_of(left)[:, None] + known
    # In place: these are the largest arrays of a training.
    found = left @ right.T
    found *= 2 * SHARPNESS
    found -= SHARPNESS * squares
    np.minimum(found, 0.0, out=found)
    return np.exp(found, out=found)


def kernel_matrix(vectors: Array, grams: Any, report: Done) -> NDArray[np.float32]:
    """Return the kernel of all pairs, of which only the lower triangle is filled.

    Shapes:
        vectors: float32 [n, dim]; grams: CSR float32 [n, columns]; returned: float32 [n, n],
        in Fortran's order.
    """
    count = len(vectors)
    kernel = np.zeros((count, count), dtype=np.float32, order="F")
    common, rare = _parted(grams)
    for start in range(0, count, BLOCK_ROWS):
        rows, end = slice(start, start + BLOCK_ROWS), min(count, start + BLOCK_ROWS)
        block = radial(vectors[rows], vectors[:end])
        block += common[rows] @ common[:end].T
        block += (rare[rows] @ rare[:end].T).toarray()
        kernel[rows, :end] = block
        report((end / count) ** 2)
    return kernel


def _parted(grams: Any) -> tuple[Array, Any]:
    filled = np.bincount(grams.indices, minlength=grams.shape[1])
    is_common = filled > COMMON_SHARE * grams.shape[0]
    by_column = grams.tocsc()
    return by_column[:, is_common].toarray(), by_column[:, ~is_common].tocsr()


def solve_in_place(kernel: Array, targets: Array, ridge: float, held: int) -> Solution:
    """Return the solution of `(kernel + ridge) coefficients = targets`; `kernel` is used up.

    The factor of the first rows is the leading block of the factor of all, so the scores of the
    last `held` rows as if they had been left out cost next to nothing.

    Args:
        kernel: float32 [n, n] in Fortran's order, the lower triangle filled.
        targets: float32 [n, labels].
        ridge: The larger, the less the examples are believed.
        held: How many of the last rows are scored without having been learnt.
    """
    from scipy.linalg.blas import strsm  # pyright: ignore[reportAttributeAccessIssue] - compiled
    from scipy.linalg.lapack import (
        spotrf,  # pyright: ignore[reportAttributeAccessIssue] - compiled
    )

    kernel[np.diag_indices(len(kernel))] += ridge
    factor, failed = spotrf(kernel, lower=1, clean=0, overwrite_a=1)
    assert not failed, "a kernel with a ridge is positive definite"
    first = len(kernel) - held
    half = strsm(1.0, factor, np.asfortranarray(targets), lower=1)
    held_scores = factor[first:, :first] @ half[:first]
    coefficients = strsm(1.0, factor, half, lower=1, trans_a=1)
    return Solution(np.ascontiguousarray(coefficients), np.ascontiguousarray(held_scores))


def leave_one_out(kernel: Array, targets: Array, ridge: float) -> NDArray[np.float32]:
    """Return the score of each example as learnt from all others, float32 [n, labels].

    In closed form: `y - coefficients / diagonal of the inverse`; Rifkin and Lippert, 2007,
    "Notes on regularized least squares".

    Args:
        kernel: float32 [n, n], the lower triangle filled; left as it is.
        targets: float32 [n, labels].
        ridge: As in `solve_in_place`.
    """
    full = np.tril(kernel) + np.tril(kernel, -1).T
    full[np.diag_indices(len(full))] += ridge
    inverse: Array = np.linalg.inv(full)
    scores = targets - (inverse @ targets) / inverse.diagonal()[:, None]
    return scores.astype(np.float32)
