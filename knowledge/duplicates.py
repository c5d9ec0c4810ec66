"""Texts that say the same in nearly the same words, found without comparing each with each."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

MIN_SIMILARITY: Final = 0.9
"""Jaccard similarity of shingles, from which two texts count as the same."""
SHINGLE_CHARS: Final = 5
SKETCH_SIZE: Final = 8
"""The smallest hashes of a text's shingles. Texts that share 90 % of their shingles have the
smallest one in common nine times out of ten, and one of the eight smallest nearly always
(A. Broder, On the resemblance and containment of documents, 1997)."""
_DIGITS: Final = re.compile(r"\d+")


def without_near_duplicates(texts: Sequence[str]) -> list[int]:
    """Return the positions of `texts` to keep: of texts nearly the same, the first.

    Texts with different numbers are never the same: "within 14 days" is not "within 30 days".
    """
    kept: list[int] = []
    shingles: dict[int, frozenset[int]] = {}
    by_hash: defaultdict[int, list[int]] = defaultdict(list)
    for position, text in enumerate(texts):
        own = _shingles(text)
        sketch = sorted(own)[:SKETCH_SIZE]
        candidates = {other for value in sketch for other in by_hash[value]}
        numbers = _DIGITS.findall(text)
        if any(
            _similarity(own, shingles[other]) >= MIN_SIMILARITY
            and numbers == _DIGITS.findall(texts[other])
            for other in candidates
        ):
            continue
        kept.append(position)
        shingles[position] = own
        for value in sketch:
            by_hash[value].append(position)
    return kept


def _shingles(text: str) -> frozenset[int]:
    words = " ".join(text.lower().split()).encode("utf-32-le", "surrogatepass")
    width = 4 * SHINGLE_CHARS
    ends = range(0, max(len(words) - width, 0) + 1, 4)
    return frozenset(zlib.crc32(words[start : start + width]) for start in ends)


def _similarity(a: frozenset[int], b: frozenset[int]) -> float:
    union = len(a | b)
    return len(a & b) / union if union else 1.0
