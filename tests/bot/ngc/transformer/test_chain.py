"""The conditional random field, against the sum over all paths."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from bot.ngc.transformer.units import TagSet
from bot.ngc.transformer.viterbi import likeliest_path

torch = pytest.importorskip("torch")
TAGS = TagSet((("city", None, None),))
UNITS = 4


def scores_of_all_paths(emissions: np.ndarray, transitions: np.ndarray) -> dict[tuple, float]:
    found = {}
    for path in product(range(len(TAGS)), repeat=len(emissions)):
        before = (-1, *path[:-1])
        moved = sum(transitions[one, other] for one, other in zip(before, path, strict=True))
        found[path] = float(moved + sum(emissions[row, tag] for row, tag in enumerate(path)))
    return found


def random_scores() -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(0)
    emissions = chance.normal(size=(UNITS, len(TAGS))).astype(np.float32)
    transitions = chance.normal(size=(len(TAGS) + 1, len(TAGS))).astype(np.float32)
    return emissions, transitions


def test_viterbi_finds_the_best_of_all_paths() -> None:
    emissions, transitions = random_scores()

    scores = scores_of_all_paths(emissions, transitions)

    assert tuple(likeliest_path(emissions, transitions)) == max(scores, key=scores.__getitem__)


def test_a_text_without_units_has_an_empty_path() -> None:
    _, transitions = random_scores()

    assert likeliest_path(np.zeros((0, len(TAGS)), np.float32), transitions) == []


def test_the_loss_is_the_negative_log_likelihood_whatever_the_padding() -> None:
    from bot.ngc.transformer.chain import Chain

    emissions, weights = random_scores()
    chain = Chain(TAGS)
    with torch.no_grad():
        chain.weights.copy_(torch.from_numpy(weights))
    scores = scores_of_all_paths(emissions, chain.transitions().detach().numpy())
    path = (0, 1, 2, 0)
    expected = np.log(np.sum(np.exp(list(scores.values())))) - scores[path]
    padded = torch.cat([torch.from_numpy(emissions), torch.ones(2, len(TAGS))])[None]
    mask = torch.tensor([[True] * UNITS + [False] * 2])

    loss = chain.loss(padded, torch.tensor([[*path, 0, 0]]), mask)

    assert loss.item() == pytest.approx(expected / UNITS, abs=1e-5)
