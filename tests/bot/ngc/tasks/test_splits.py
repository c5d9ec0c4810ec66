"""Parts of a set: by their names, by chance, and by folds."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.errors import BotError
from bot.ngc.tasks.sample import Sample
from bot.ngc.tasks.splits import folds, hold_back, part


def _samples(*splits: str) -> list[Sample]:
    return [Sample(text=str(row), label="a", split=split) for row, split in enumerate(splits)]


def test_a_file_with_splits_gives_the_first_that_is_there() -> None:
    samples = _samples("train", "valid", "train")

    assert [one.text for one in part(samples, "train")] == ["0", "2"]
    assert [one.text for one in part(samples, "test", "valid")] == ["1"]


@pytest.mark.parametrize("split", ["", "train"])
def test_a_file_with_one_split_or_none_is_used_whole(split: str) -> None:
    assert len(part(_samples(split, split), "test")) == 2


def test_a_file_with_other_splits_is_refused() -> None:
    with pytest.raises(BotError, match="no rows with the split `test`; the file has `train`, `x`"):
        part(_samples("train", "x"), "test")


def test_what_is_held_back_has_a_share_of_each_label() -> None:
    samples = [Sample(text=f"{label}{n}", label=label) for label in "ab" for n in range(10)]
    samples.append(Sample(text="alone", label="c"))

    kept, back = hold_back(samples, 0.2, seed=0)

    assert Counter(one.label for one in back) == {"a": 2, "b": 2}
    assert {*kept, *back} == set(samples)
    assert hold_back(samples, 0.2, seed=0) == (kept, back)
    assert hold_back(samples, 0.2, seed=1) != (kept, back)


def test_equal_texts_are_held_back_together() -> None:
    samples = [Sample(text=str(n % 10), label="ab"[n % 2], line=n) for n in range(40)]

    kept, back = hold_back(samples, 0.2, seed=0)

    assert len(back) == 8
    assert not {one.text for one in kept} & {one.text for one in back}


def test_each_row_is_tested_once_and_equal_texts_together() -> None:
    samples = [Sample(text=str(n % 15), label="ab"[n % 15 % 2]) for n in range(30)]

    parts = list(folds(samples, 3, seed=0))

    assert sorted(row for _, tested in parts for row in tested) == list(range(30))
    for learnt, tested in parts:
        assert not {samples[row].text for row in learnt} & {samples[row].text for row in tested}
        assert len(tested) == 10


def test_more_folds_than_samples_are_refused() -> None:
    with pytest.raises(BotError, match="2 samples cannot be cut into 5 folds"):
        list(folds(_samples("", ""), 5, seed=0))
