"""Texts into sentences, in English and Chinese, whole or as a model writes them."""

from __future__ import annotations

import re
from typing import Final

_ENDS: Final = re.compile(
    r"[。！？]+[”’」』）)]*(?:\s*\[\d+\])*"
    r"|[.!?]+[\"')”’]*(?:\s*\[\d+\])*(?=\s|$|[\u4e00-\u9fff])"
    r"|[;；](?=\s|[\u4e00-\u9fff])"
    r"|\n+"
)
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|approx|incl|excl|no|mr|mrs|ms|dr|st|vs|max|min|tel|art)"
    r"|\b[A-Za-z]|\b[ap]\.m|^\s*\d+)\.$",
    re.IGNORECASE,
)
_LEAD_IN: Final = re.compile(
    r"(?:yes|no|sure|ok|okay|certainly|of course|hello|hi"
    r"|是的|可以|可以的|不可以|好的|您好|你好|没问题)[,.!，。！ ]*",
    re.IGNORECASE,
)


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of `text` without the spaces between them; a list item is one, too.

    A citation such as `[1]` stays with the sentence before it, and a lone "Yes." with the one
    after it, which says what is affirmed.
    """
    found: list[str] = []
    start = 0
    for end in _ENDS.finditer(text):
        piece = text[start : end.end()]
        if end.group()[0] == "." and _ABBREVIATION.search(piece.rstrip()):
            continue
        start = end.end()
        found.append(piece.strip())
    found.append(text[start:].strip())
    return tuple(_joined([one for one in found if one]))


def _joined(found: list[str]) -> list[str]:
    whole: list[str] = []
    for one in found:
        if re.fullmatch(r"(?:\[\d+\]\s*)+[.。]?", one) and whole:
            whole[-1] = f"{whole[-1]} {one}"
        elif whole and _LEAD_IN.fullmatch(whole[-1]):
            whole[-1] = f"{whole[-1]} {one}" if one.isascii() else f"{whole[-1]}{one}"
        else:
            whole.append(one)
    return whole


class SentenceStream:
    """Collects the pieces of a text and gives its sentences as soon as they are whole."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._rest = ""

    def feed(self, piece: str) -> tuple[str, ...]:
        """Return the sentences that are whole with `piece`; the last one never is before `end`."""
        self._rest += piece
        found = sentences(self._rest)
        if len(found) < 2:
            return ()
        self._rest = self._rest[self._rest.rindex(found[-1]) :]
        return found[:-1]

    def end(self) -> tuple[str, ...]:
        """Return what is left."""
        rest, self._rest = self._rest, ""
        return sentences(rest)
