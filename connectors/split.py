"""Long texts as pieces that a platform takes, cut where a reader would pause."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from connectors.channel import Limit

_ATOM = regex.compile(r"https?://[^\s<>|]+|\X")
"""What is never cut: a link, or a character as people see it (with its accents, skin tone, ZWJ)."""
_PAUSES = (
    regex.compile(r"\n\s*\n"),
    regex.compile(r"\n|[.!?…]+[\"')\]]*\s+|[。！？；]+[”』」）]*"),
    regex.compile(r"\s+"),
)
"""Paragraph, sentence, word: the first kind that leaves a fair piece is taken."""
_FAIR = 3
"""A piece is fair when it fills at least this fraction (1/3) of the limit."""


def split_text(text: str, limit: Limit) -> tuple[str, ...]:
    """Return `text` in pieces within `limit`, without the white space at the cuts.

    The cut is at a paragraph, else at a sentence, else at a word; never inside a link or a
    character, unless one of them alone is longer than the limit.
    """
    pieces: list[str] = []
    rest = text.strip()
    while rest:
        if limit.holds(rest):
            pieces.append(rest)
            break
        cut = _cut(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return tuple(piece for piece in pieces if piece)


def shorten(text: str, limit: Limit) -> str:
    """Return `text`, or its start with an ellipsis, within `limit`."""
    if limit.holds(text):
        return text
    room = Limit(limit.amount - limit.measure("…"), limit.unit)
    return text[: _fitting(text, room)[-1]].rstrip() + "…"


def _cut(text: str, limit: Limit) -> int:
    """Return where to cut `text`, which is longer than `limit`."""
    ends = _fitting(text, limit)
    allowed, last = set(ends), ends[-1]
    for pause in _PAUSES:
        # One character more may be looked at: the pause after the last one that fits.
        found = [match for match in pause.finditer(text, 0, last + 1) if match.start() <= last]
        cuts = [min(match.end(), last) for match in found]
        fair = [cut for cut in cuts if cut in allowed and cut >= last // _FAIR]
        if fair:
            return fair[-1]
    return last


def _fitting(text: str, limit: Limit) -> Sequence[int]:
    """Return the ends of the atoms of `text` that are within `limit`; at least one cut."""
    ends: list[int] = []
    used = 0
    for match in _ATOM.finditer(text):
        used += limit.measure(match.group())
        if used > limit.amount:
            break
        ends.append(match.end())
    return ends or [_forced(text, limit)]


def _forced(text: str, limit: Limit) -> int:
    """Return the end of the code points that fit, at least one: a single atom is too long."""
    end = 1
    while end < len(text) and limit.holds(text[: end + 1]):
        end += 1
    return end
