"""Texts that say the same twice, and equal texts with different labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bot.ngc.tasks.sample import Sample, Span

NEAR: Final = 0.9
"""Share of common pairs and triples of letters from which two texts are near-duplicates."""
_ROWS: Final = 512
_FILLER: Final = re.compile(r"[\W_]+")
_DIGITS: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """What is to be left out, and what people must decide; rows count from 0."""

    exact: tuple[int, ...] = ()
    """Rows whose text and labels an earlier row has."""
    near: tuple[tuple[int, int], ...] = ()
    """(row, the earlier row that is nearly the same and has the same labels)."""
    conflicts: tuple[tuple[int, int], ...] = ()
    """(row, an earlier row with the same text and another label)."""


def find_duplicates(samples: Sequence[Sample]) -> Duplicates:
    """Return the duplicates among `samples`, letter case and punctuation apart."""
    first: dict[str, int] = {}
    exact: list[int] = []
    conflicts: list[tuple[int, int]] = []
    for row, sample in enumerate(samples):
        earlier = first.setdefault(_key(sample.text), row)
        if earlier == row:
            continue
        if _said(samples[earlier]) == _said(sample):
            exact.append(row)
        else:
            conflicts.append((row, earlier))
    left_out = set(exact)
    kept = [row for row in range(len(samples)) if row not in left_out]
    near = _near(samples, kept) if len(kept) > 1 else []
    return Duplicates(exact=tuple(exact), near=tuple(near), conflicts=tuple(conflicts))


def _near(samples: Sequence[Sample], rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return the rows with an earlier near-duplicate of the same labels, and that one."""
    grams = _grams([_key(samples[row].text) for row in rows])
    sizes = np.asarray(grams.sum(axis=1)).ravel()
    gone: set[int] = set()
    found: list[tuple[int, int]] = []
    for start in range(0, len(rows), _ROWS):
        block = (grams[start : start + _ROWS] @ grams.T).tocoo()
        left = block.row + start
        shares = block.data / (sizes[left] + sizes[block.col] - block.data)
        close = (block.col < left) & (shares >= NEAR)
        for place, earlier in sorted(np.stack([left[close], block.col[close]], 1).tolist()):
            one, other = rows[place], rows[earlier]
            if place in gone or earlier in gone or not _alike(samples[one], samples[other]):
                continue
            gone.add(place)
            found.append((one, other))
    return found


def _grams(keys: Sequence[str]) -> Any:
    from scipy.sparse import csr_matrix

    columns: dict[str, int] = {}
    indices: list[int] = []
    starts = [0]
    for key in keys:
        padded = f" {key} "
        grams = {padded[at : at + size] for size in (2, 3) for at in range(len(padded) - size + 1)}
        indices += [columns.setdefault(gram, len(columns)) for gram in sorted(grams)]
        starts.append(len(indices))
    ones = np.ones(len(indices), dtype=np.float32)
    return csr_matrix((ones, indices, starts), shape=(len(keys), max(1, len(columns))))


def _key(text: str) -> str:
    return _FILLER.sub(" ", text.casefold()).strip() or text


def _said(sample: Sample) -> tuple[str, tuple[Span, ...]]:
    return sample.label, sample.spans


def _alike(one: Sample, other: Sample) -> bool:
    """Tell whether labels, entities and numbers are the same: `2 of 3` is not `3 of 3`."""
    return (
        one.label == other.label
        and _values(one) == _values(other)
        and _DIGITS.findall(one.text) == _DIGITS.findall(other.text)
    )


def _values(sample: Sample) -> list[tuple[str, str]]:
    return [(span.name, sample.text[span.start : span.end]) for span in sample.spans]
