"""A linear classifier with calibrated confidences. Training needs scipy, ranking numpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.ngc.archive import read_arrays, write_arrays
from bot.ngc.component import Features
from bot.ngc.logistic import TOLERANCE, fit_logistic

INVERSE_REGULARISATION: Final = 30.0
"""10 to 100 measured alike on 1,200 shop examples; what is too sure is calibrated away."""
KERNEL_EXAMPLES: Final = 3_000
"""Up to here the n × n products are cheaper than the n-grams."""
MAX_DIRECTIONS: Final = 600
"""On 1,500 shop examples 600 and all directions gave the same accuracy within 0.3 points."""
COMMON_COLUMN: Final = 0.02
"""Share of the rows; from 0.01 to 0.05 alike in time."""
CALIBRATION_FOLDS: Final = 3
_TEMPERATURES: Final = np.geomspace(0.25, 4.0, 41)
_SEED: Final = 42

Array = NDArray[Any]
Solve = Callable[[Any, Array, Array], tuple[Array, Array]]
"""Returns coefficients and bias for features, target and weights."""


@dataclass(frozen=True, slots=True)
class Head:
    """Softmax over `features · weights + bias`."""

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    """float32 [columns, labels], divided by the temperature."""
    bias: NDArray[np.float32]
    """float32 [labels], divided by the temperature."""

    def rank(self, features: Features) -> list[tuple[str, float]]:
        """Return all labels with their probabilities, the likeliest first; O(non-zeros)."""
        logits = features.values @ self.weights[features.columns] + self.bias
        powers = np.exp(logits - logits.max())
        shares = powers / powers.sum()
        order = np.argsort(-shares, kind="stable")
        return [(self.labels[row], float(shares[row])) for row in order]


def write_head(file: Path, head: Head) -> None:
    """Write what `head` weighs to `file`, in half precision; its labels are the caller's."""
    write_arrays(file, weights=head.weights.astype(np.float16), bias=head.bias.astype(np.float16))


def read_head(file: Path, labels: Sequence[str]) -> Head:
    """Return the head that `write_head` wrote.

    Raises:
        ModelError: the file is missing or damaged.
    """
    arrays = read_arrays(file)
    weights, bias = (arrays[name].astype(np.float32) for name in ("weights", "bias"))
    return Head(tuple(labels), weights, bias)


@dataclass(frozen=True, slots=True)
class Space:
    """Examples in the coordinates in which heads are fitted."""

    features: Any
    """[examples, r]: the place along each direction, or the n-grams themselves."""
    directions: Array | None
    """float32 [columns, r]; None for the n-grams themselves."""
    width: int
    """Number of columns."""


def space_of(rows: Sequence[Features]) -> Space:
    """Return the space of `rows`: a few hundred columns rather than one per n-gram.

    Costs O(examples³), half the time of a fit; heads of the same examples can share it.
    """
    if len(rows) > KERNEL_EXAMPLES:
        return full_space_of(rows)
    features, directions = _reduce(stack(rows))
    return Space(features, directions, rows[0].width)


def full_space_of(rows: Sequence[Features]) -> Space:
    """Return the space of `rows` as they are.

    Where rare n-grams decide, as in sentiment and relations, the main directions miss them.
    """
    return Space(stack(rows), None, rows[0].width)


def fit(
    rows: Sequence[Features] | Space,
    labels: Sequence[str],
    weights: Sequence[float],
    *,
    inverse_regularisation: float = INVERSE_REGULARISATION,
    tolerance: float = TOLERANCE,
    texts: Sequence[str] | None = None,
) -> Head:
    """Return the head that tells `labels` apart; `weights` say how much each example counts.

    Examples with the same entry in `texts` are held out together: pairs of one text are too alike.

    Multinomial logistic regression; up to `KERNEL_EXAMPLES` examples it is solved along the
    main directions of the examples. A temperature chosen on held-out examples then makes the
    confidences as high as the accuracy.
    """
    names = tuple(sorted(set(labels)))
    width = rows.width if isinstance(rows, Space) else rows[0].width
    if len(names) < 2:
        return Head(names, np.zeros((width, 1), np.float32), np.zeros(1, np.float32))
    space = rows if isinstance(rows, Space) else space_of(rows)
    target = np.array([names.index(label) for label in labels])
    counts = np.array(weights, dtype=np.float64)
    solve = partial(
        fit_logistic,
        labels=len(names),
        inverse_regularisation=inverse_regularisation,
        tolerance=tolerance,
    )
    folds = _folds(range(len(labels)) if texts is None else texts)
    temperature = _temperature(space.features, target, counts, folds, solve)
    coefficients, bias = solve(space.features, target, counts)
    full = coefficients if space.directions is None else space.directions @ coefficients
    return Head(
        names,
        np.ascontiguousarray(full / temperature, dtype=np.float32),
        (bias / temperature).astype(np.float32),
    )


def stack(rows: Sequence[Features]) -> Any:
    """Return a scipy CSR matrix [len(rows), width]."""
    from scipy.sparse import csr_matrix

    starts = np.cumsum([0, *(len(row.columns) for row in rows)])
    values = np.concatenate([row.values for row in rows]).astype(np.float32)
    columns = np.concatenate([row.columns for row in rows])
    return csr_matrix((values, columns, starts), shape=(len(rows), rows[0].width))


def _reduce(matrix: Any) -> tuple[Array, Array]:
    """Return coordinates along the main directions of the rows, and those directions.

    Shapes:
        coordinates: float32 [n, r], r at most n and `MAX_DIRECTIONS`; directions: [columns, r].
    """
    from scipy.linalg import eigh

    last = matrix.shape[0] - 1
    wanted = (max(0, last + 1 - MAX_DIRECTIONS), last)
    squares, vectors = eigh(_kernel(matrix), subset_by_index=wanted, overwrite_a=True)
    kept = squares > squares[-1] * 1e-6
    lengths, vectors = np.sqrt(squares[kept]), vectors[:, kept]
    return vectors * lengths, matrix.T @ (vectors / lengths)


def _kernel(matrix: Any) -> Array:
    """Return the product of each pair of rows, float32 [n, n].

    Columns that many rows fill, those of embeddings and of common n-grams, are multiplied as
    dense ones: thirty times faster than all as sparse.
    """
    filled = np.bincount(matrix.indices, minlength=matrix.shape[1])
    is_common = filled > COMMON_COLUMN * matrix.shape[0]
    by_column = matrix.tocsc()
    common, rare = by_column[:, is_common].toarray(), by_column[:, ~is_common].tocsr()
    products: Array = common @ common.T
    products += (rare @ rare.T).toarray()
    return products


def _folds(groups: Sequence[Any]) -> Array:
    """Return the fold of each example; equal `groups` share one."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    chosen = np.random.default_rng(_SEED).integers(CALIBRATION_FOLDS, size=len(numbers))
    return chosen[[numbers[group] for group in groups]]


def _temperature(features: Any, target: Array, counts: Array, folds: Array, solve: Solve) -> float:
    """Return what logits are divided by so that held-out examples are likeliest.

    Only examples that count in full are judged: the others are of another language.
    """
    logits, truth = [], []
    # A third of many examples tells as much as all of few.
    judged = CALIBRATION_FOLDS if len(target) <= KERNEL_EXAMPLES else 1
    for fold in range(judged):
        train = folds != fold
        # A label that a fold has never seen says nothing about calibration.
        test = ~train & (counts >= 1.0) & np.isin(target, target[train])
        if len(set(target[train])) < 2 or not test.any():
            continue
        coefficients, bias = solve(features[train], target[train], counts[train])
        logits.append(features[test] @ coefficients + bias)
        truth.append(target[test])
    if not logits:
        return 1.0
    scores, wanted = np.concatenate(logits), np.concatenate(truth)
    losses = [_loss(scores / value, wanted) for value in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def _loss(logits: Array, wanted: Array) -> float:
    shifted = logits - logits.max(axis=1, keepdims=True)
    chosen = shifted[np.arange(len(wanted)), wanted]
    return float((np.log(np.exp(shifted).sum(axis=1)) - chosen).mean())
