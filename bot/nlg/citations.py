"""Numbers in brackets: which passage a sentence is from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from knowledge.types import Hit

_NUMBER: Final = re.compile(r"\s*\[(\d{1,2})\]")
_END: Final = re.compile(r"([.!?。！？…]*)\s*$")


def cited_numbers(sentence: str) -> tuple[int, ...]:
    """Return the numbers that a sentence cites, from 1."""
    return tuple(int(number) for number in _NUMBER.findall(sentence))


def uncited(sentence: str) -> str:
    """Return the sentence without its citations."""
    return _NUMBER.sub("", sentence).strip()


class Citations:
    """Numbers passages in the order in which they are first cited."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        """Hold the passages that may be cited."""
        self._hits = hits
        self._order: list[int] = []

    @property
    def cited(self) -> tuple[Hit, ...]:
        """The passages by their numbers."""
        return tuple(self._hits[place] for place in self._order)

    def cite(self, sentence: str, place: int) -> str:
        """Return `sentence` citing the passage at `place` (from 0), before its last mark."""
        if place not in self._order:
            self._order.append(place)
        bare = uncited(sentence)
        number = f"[{self._order.index(place) + 1}]"
        if not bare.isascii() and re.search(r"[\u4e00-\u9fff]", bare):
            return _END.sub(rf"{number}\1", bare, count=1)
        return _END.sub(rf" {number}\1", bare, count=1)


def joined(sentences: Sequence[str]) -> str:
    """Return the sentences as one text; Chinese ones need no space between them."""
    text = ""
    for one in sentences:
        is_tight = not text or re.search(r"[\u3000-\u9fff\uff00-\uffef]$", text)
        text += one if is_tight else f" {one}"
    return text
