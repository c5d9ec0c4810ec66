"""One figure in its normal form, and when a text that says another one supports it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.nlg.numerals import BLANK

Bound = Literal["", "min", "max"]
Value = Decimal | str | frozenset[int]
Read = Callable[[re.Match[str]], "Iterator[Figure]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What it measures, and how much; `low` is `high` unless it is a range."""

    kind: str
    """Such as `money:EUR`, `seconds`, `months`, `percent`, `clock`, `weekdays`, `code`, `url`."""
    low: Value
    high: Value
    bound: Bound = ""
    """Whether the text says "at least" or "at most"."""
    at: int = 0
    """Its place in the text."""

    @property
    def is_single(self) -> bool:
        """Whether it is no range."""
        return self.low == self.high

    def agrees(self, other: Figure) -> bool:
        """Tell whether a text that says `other` supports this one.

        A number without a unit agrees with any unit; a day with the days that hold it; "up to 5"
        with the end of "3 to 5".
        """
        if isinstance(self.low, frozenset) and isinstance(other.low, frozenset):
            return self.kind == other.kind and self.low <= other.low
        if self.kind == "date" == other.kind:
            return str(other.low).endswith(str(self.low))
        if self.kind not in (other.kind, "number"):
            return False
        is_against = {self.bound, other.bound} == {"min", "max"} and self.is_single
        is_same = (self.low, self.high) == (other.low, other.high)
        return (is_same and not is_against) or self._is_end_of(other)

    def _is_end_of(self, other: Figure) -> bool:
        """Tell whether it is an end of a range, and said to be."""
        if other.is_single or not self.is_single:
            return False
        is_upper = self.bound == "max" and self.high == other.high
        return is_upper or (self.bound == "min" and self.low == other.low)


def one(kind: str, value: Value, at: int) -> Figure:
    """Return a figure of one value."""
    return Figure(kind=kind, low=value, high=value, at=at)


def take(text: str, pattern: re.Pattern[str], read: Read, found: list[Figure]) -> str:
    """Add what `read` makes of each match of `pattern` to `found`; return the text without it.

    Blanks of the same length stay, so that no later pattern sees it and places stay the same.
    """

    def note(match: re.Match[str]) -> str:
        figures = list(read(match))
        found.extend(figures)
        return BLANK * len(match.group()) if figures else match.group()

    return pattern.sub(note, text)
