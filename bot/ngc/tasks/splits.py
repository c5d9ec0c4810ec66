"""Which samples are for learning, for choosing and for testing."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

from bot.errors import BotError
from bot.ngc.tasks.sample import Sample

TRAIN, VALID, TEST = "train", "valid", "test"
_NAMES: Final = {
    "training": TRAIN,
    "val": VALID,
    "dev": VALID,
    "validation": VALID,
    "development": VALID,
    "testing": TEST,
    "eval": TEST,
}
_OUTSIDE: Final = "oos_"
"""In front of the split of texts that belong to no label."""


def split_name(written: str) -> str:
    """Return `train`, `valid` or `test` for the names that sets use; others in lower case.

    `oos_val` is a part of `valid`: its texts carry the out-of-scope label.
    """
    name = written.strip().lower().removeprefix(_OUTSIDE)
    return _NAMES.get(name, name)


def part(samples: Sequence[Sample], *wanted: str) -> tuple[Sample, ...]:
    """Return the samples of the first split of `wanted` that has any.

    A file without splits is used whole, and so is a file with a single split of another name:
    who keeps a file per split need not name them alike.

    Raises:
        BotError: the file has several splits, but none of `wanted`.
    """
    names = list(dict.fromkeys(sample.split for sample in samples))
    for name in wanted:
        if name in names:
            return tuple(sample for sample in samples if sample.split == name)
    if len(names) == 1:
        return tuple(samples)
    found = ", ".join(f"`{name}`" for name in names)
    raise BotError(f"no rows with the split `{wanted[0]}`; the file has {found}")


def hold_back(
    samples: Sequence[Sample], share: float, seed: int
) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Return what is left, and a random `share` of the samples of each label, both in order.

    A label with a single sample keeps it, and equal texts stay together.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable split, not a secret
    first = {sample.text: sample for sample in reversed(samples)}
    texts = list(dict.fromkeys(sample.text for sample in samples))
    back: set[str] = set()
    for rows in _by_label([first[text] for text in texts]):
        chance.shuffle(rows)
        count = min(len(rows) - 1, max(1, round(len(rows) * share)))
        back.update(texts[row] for row in rows[:count])
    kept = tuple(sample for sample in samples if sample.text not in back)
    return kept, tuple(sample for sample in samples if sample.text in back)


def folds(
    samples: Sequence[Sample], count: int, seed: int
) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the rows to learn from and the rows to test on; each row is tested once.

    The samples of a label are spread evenly, and equal texts stay in one fold.

    Raises:
        BotError: there are fewer than two folds, or more folds than samples.
    """
    if not 2 <= count <= len(samples):
        raise BotError(
            f"{len(samples)} samples cannot be cut into {count} folds; set --folds to 2 or more"
        )
    fold_of = fold_numbers(samples, count, seed)
    for fold in range(count):
        learnt = [row for row, number in enumerate(fold_of) if number != fold]
        tested = [row for row, number in enumerate(fold_of) if number == fold]
        if learnt and tested:
            yield learnt, tested


def fold_numbers(samples: Sequence[Sample], count: int, seed: int) -> list[int]:
    """Return the fold of each sample, from 0 to `count` - 1."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable split, not a secret
    numbers = [0] * len(samples)
    of_text: dict[str, int] = {}
    place = 0
    for rows in _by_label(samples):
        chance.shuffle(rows)
        for row in rows:
            text = samples[row].text
            if text not in of_text:
                of_text[text] = place % count
                place += 1
            numbers[row] = of_text[text]
    return numbers


def _by_label(samples: Sequence[Sample]) -> list[list[int]]:
    rows: dict[str, list[int]] = {}
    for row, sample in enumerate(samples):
        rows.setdefault(_key(sample), []).append(row)
    return [rows[key] for key in sorted(rows)]


def _key(sample: Sample) -> str:
    """Return the label, or the names of the entities where there is none."""
    return sample.label or " ".join(sorted({span.name for span in sample.spans}))
