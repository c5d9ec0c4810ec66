"""The units of a text that carry tags, and the tags themselves: spans to BIO tags and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from bot.ngc.tasks.sample import Sample, Span

Granularity = Literal["word", "token", "character"]
"""`word` ends at blanks, `token` also at punctuation, digits and each Han character."""
Unit = tuple[int, int]
"""Where a unit starts and ends (exclusive), in code points."""
Name = tuple[str, str | None, str | None]
"""Name, role and group of a span."""

MISFITS: Final = 0.005
"""Share of the spans that may end inside a unit; a slip of an annotator changes nothing."""
OUTSIDE: Final = 0
"""The tag of a unit of no span."""
_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_PATTERNS: Final[dict[Granularity, re.Pattern[str]]] = {
    "word": re.compile(r"\S+"),
    "token": re.compile(rf"[{_HAN}]|[^\W\d_{_HAN}]+|\d+|[^\w\s]|_"),
    "character": re.compile(r"\S"),
}


def units_of(text: str, granularity: Granularity) -> list[Unit]:
    """Return the units of `text` in their order; blanks belong to none."""
    return [match.span() for match in _PATTERNS[granularity].finditer(text)]


def choose_granularity(samples: Sequence[Sample]) -> Granularity:
    """Return the coarsest granularity whose borders are those of nearly all spans."""
    spans = sum(len(sample.spans) for sample in samples)
    for granularity in ("word", "token"):
        misfits = sum(_misfits(sample, granularity) for sample in samples)
        if misfits <= MISFITS * spans:
            return granularity
    return "character"


def _misfits(sample: Sample, granularity: Granularity) -> int:
    units = units_of(sample.text, granularity)
    starts, ends = {start for start, _ in units}, {end for _, end in units}
    return sum(span.start not in starts or span.end not in ends for span in sample.spans)


@dataclass(frozen=True, slots=True)
class TagSet:
    """BIO tags: 0 is outside, 2 i + 1 begins a span of name i, 2 i + 2 goes on with it."""

    names: tuple[Name, ...]

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> TagSet:
        """Return the tags of all spans in `samples`."""
        found = {(span.name, span.role, span.group) for sample in samples for span in sample.spans}
        return cls(tuple(sorted(found, key=lambda name: tuple(part or "" for part in name))))

    def __len__(self) -> int:
        return 1 + 2 * len(self.names)

    def tags(self, units: Sequence[Unit], spans: Sequence[Span]) -> list[int]:
        """Return one tag per unit. Of spans that overlap the one that starts first counts."""
        tags = [OUTSIDE] * len(units)
        for span in sorted(spans, key=lambda span: (span.start, -span.end)):
            inside = [
                row for row, (start, end) in enumerate(units) if start < span.end > span.start < end
            ]
            name = (span.name, span.role, span.group)
            if name not in self.names or any(tags[row] != OUTSIDE for row in inside):
                continue
            begin = 1 + 2 * self.names.index(name)
            for row in inside:
                tags[row] = begin + (row > inside[0])
        return tags

    def spans(self, units: Sequence[Unit], tags: Sequence[int]) -> tuple[Span, ...]:
        """Return the spans that `tags` say; one that nothing begins begins itself."""
        found: list[tuple[int, int, int]] = []  # name, start, end
        previous = OUTSIDE
        for (start, end), tag in zip(units, tags, strict=True):
            name = (tag - 1) // 2
            if tag != OUTSIDE and tag % 2 == 0 and previous in (tag, tag - 1):
                found[-1] = (name, found[-1][1], end)
            elif tag != OUTSIDE:
                found.append((name, start, end))
            previous = tag
        return tuple(Span(start, end, *self.names[name]) for name, start, end in found)

    def forbidden(self) -> NDArray[np.bool_]:
        """Return which tag must not follow which: bool [tags before, tags after].

        One more row stands for the start of a text: a span cannot go on there.
        """
        before, after = np.arange(len(self) + 1)[:, None], np.arange(len(self))[None]
        goes_on = (after != OUTSIDE) & (after % 2 == 0)
        follows = (before == after) | (before == after - 1)
        return goes_on & (~follows | (before == len(self)))
