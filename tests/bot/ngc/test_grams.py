"""N-grams weighted by how clearly they tell labels apart."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from bot.ngc.grams import GramTable, slices

ROWS = [["good", "the"], ["good", "the"], ["bad", "the"], ["bad", "the", "once"]]
LABELS = ["+", "+", "-", "-"]


def test_a_gram_of_one_label_weighs_more_than_one_of_both() -> None:
    table = GramTable.learn(ROWS, LABELS)
    weight = dict(zip(table.columns, table.weights.tolist(), strict=True))
    assert set(weight) == {"the", "good", "bad"}
    # (2 + 1) of (2 + 2 + 3) against (0 + 1) of (2 + 2 + 3): each label has 7 with one added.
    assert weight["good"] == pytest.approx(math.log(3), abs=1e-3)
    assert weight["bad"] == weight["good"]
    assert weight["the"] == 0.0


def test_a_row_has_length_one_or_nothing() -> None:
    table = GramTable.learn(ROWS, LABELS)
    assert np.linalg.norm(table.features(["good", "bad", "new"]).values) == pytest.approx(1.0)
    assert table.features(["new"]).values.size == 0


def test_a_table_is_the_same_after_saving(tmp_path: Path) -> None:
    table = GramTable.learn(ROWS, LABELS)
    table.save(tmp_path)
    read = GramTable.load(tmp_path)
    assert read.columns == table.columns
    assert np.array_equal(read.weights, table.weights)


def test_slices_are_all_sizes_in_order() -> None:
    assert slices("abc", 1, 2, mark="-") == ["-a", "-b", "-c", "-a b", "-b c"]
    assert slices("a", 2, 3) == []
