"""The loss is that of scikit-learn, and so is what is found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bot.ngc.logistic import NEVER, fit_logistic

RANDOM = np.random.default_rng(7)
CENTRES = RANDOM.normal(size=(4, 12))
TARGET = RANDOM.integers(4, size=300)
FEATURES = (CENTRES[TARGET] + RANDOM.normal(size=(300, 12))).astype(np.float32)
WEIGHTS = RANDOM.choice([1.0, 0.6], size=300)


def shares(coefficients: np.ndarray, bias: np.ndarray) -> np.ndarray:
    logits = FEATURES @ coefficients + bias
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("inverse_regularisation", [0.1, 30.0])
def test_the_shares_are_those_of_scikit_learn(inverse_regularisation: float) -> None:
    model = LogisticRegression(C=inverse_regularisation, tol=1e-3)
    expected = model.fit(FEATURES, TARGET, sample_weight=WEIGHTS).predict_proba(FEATURES)

    found = shares(*fit_logistic(FEATURES, TARGET, WEIGHTS, 4, inverse_regularisation))

    assert np.abs(found - expected).max() < 0.03


def test_sparse_features_give_the_same() -> None:
    dense = fit_logistic(FEATURES, TARGET, WEIGHTS, 4, 30.0)
    sparse = fit_logistic(csr_matrix(FEATURES), TARGET, WEIGHTS, 4, 30.0)

    assert np.allclose(dense[0], sparse[0], atol=1e-3)


def test_a_label_without_examples_gets_no_chance() -> None:
    coefficients, bias = fit_logistic(FEATURES, TARGET + (TARGET > 1), WEIGHTS, 5, 30.0)

    assert bias[2] == NEVER and not coefficients[:, 2].any()
    assert shares(coefficients, bias)[:, 2].max() == 0.0
