"""Multinomial logistic regression, minimised by scipy's L-BFGS.

The loss is that of `sklearn.linear_model.LogisticRegression`: importing scikit-learn takes a second
of CPU, half of what a small bot's whole training takes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MAX_STEPS: Final = 100
TOLERANCE: Final = 1e-3
"""Of the mean loss's gradient. At 1e-2 the fit ends too early: 6 points of accuracy are lost."""
MAX_LINE_SEARCH: Final = 50
NEVER: Final = -1e3
"""Logit of a label without examples."""

Array = NDArray[Any]


def fit_logistic(
    features: Any,
    target: Array,
    weights: Array,
    labels: int,
    inverse_regularisation: float,
    *,
    tolerance: float = TOLERANCE,
) -> tuple[Array, Array]:
    """Return coefficients float64 [columns, labels] and bias float64 [labels].

    Args:
        features: float32 [n, columns], dense or CSR.
        target: int [n], the label of each row, below `labels`.
        weights: float [n], how much each row counts.
        labels: How many there are; those without a row get no chance.
        inverse_regularisation: The larger, the less large coefficients cost.
        tolerance: The fit ends when no entry of the mean loss's gradient is larger.
    """
    from scipy.optimize import minimize

    present, rows = np.unique(target, return_inverse=True)
    shape = (features.shape[1] + 1, len(present))  # the last row is the bias
    loss = _Loss(features, rows, weights, shape, inverse_regularisation)
    settings = {"maxiter": MAX_STEPS, "gtol": tolerance, "maxls": MAX_LINE_SEARCH}
    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options=settings)
    solution = found.x.reshape(shape)
    coefficients, bias = np.zeros((shape[0] - 1, labels)), np.full(labels, NEVER)
    coefficients[:, present], bias[present] = solution[:-1], solution[-1]
    return coefficients, bias


class _Loss:
    """Weighted mean of the cross-entropy, plus the penalty of all coefficients but the bias."""

    def __init__(
        self,
        features: Any,
        target: Array,
        weights: Array,
        shape: tuple[int, int],
        inverse_regularisation: float,
    ) -> None:
        self._features, self._target, self._shape = features, target, shape
        self._shares = weights / weights.sum()
        self._penalty = 1.0 / (inverse_regularisation * weights.sum())
        self._rows = np.arange(len(target))

    def __call__(self, flat: Array) -> tuple[float, Array]:
        """Return the loss at `flat`, float64 [(columns + 1) * labels], and its gradient."""
        solution = flat.reshape(self._shape)
        coefficients = solution[:-1]
        # In single precision as the features are: half the time of the products.
        logits = self._features @ coefficients.astype(np.float32) + solution[-1]
        logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits)
        sums = powers.sum(axis=1)
        losses = np.log(sums) - logits[self._rows, self._target]
        surplus = powers * (self._shares / sums)[:, None]
        surplus[self._rows, self._target] -= self._shares
        gradient = np.empty(self._shape)
        gradient[:-1] = self._features.T @ surplus.astype(np.float32)
        gradient[:-1] += self._penalty * coefficients
        gradient[-1] = surplus.sum(axis=0)
        penalty = 0.5 * self._penalty * float((coefficients**2).sum())
        return float(losses @ self._shares) + penalty, gradient.ravel()
