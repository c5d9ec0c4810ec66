"""Texts as they should be learnt: plain widths, no control characters, single spaces."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Final

from bot.ngc.tasks.sample import Sample, Span

_WIDE: Final = ("\uff00", "\uffef")
"""Full-width and half-width forms; NFKC alone would turn `²` to `2` as well."""
_JOINERS: Final = frozenset("\u200d\ufe0f")
"""Hold the parts of an emoji together."""
_INVISIBLE: Final = ("Cc", "Cf", "Cs", "Co")


def clean(sample: Sample) -> Sample:
    """Return `sample` with a clean text; its spans stay on the same letters.

    A span of which nothing is left goes.
    """
    pieces = [_piece(character) for character in sample.text]
    text = ""
    places: list[int] = []
    for piece in pieces:
        places.append(len(text))
        # A blank beside another one, or at the start, adds nothing.
        text += "" if piece == " " and (not text or text[-1] == " ") else piece
    places.append(len(text))
    stripped = text.rstrip(" ")
    spans = [_moved(span, stripped, places) for span in sample.spans]
    return replace(sample, text=stripped, spans=tuple(span for span in spans if span is not None))


def _piece(character: str) -> str:
    if character.isspace():
        return " "
    if _WIDE[0] <= character <= _WIDE[1]:
        return unicodedata.normalize("NFKC", character)
    if unicodedata.category(character) in _INVISIBLE and character not in _JOINERS:
        return ""
    return character


def _moved(span: Span, text: str, places: list[int]) -> Span | None:
    start = places[span.start]
    end = min(places[span.end], len(text))
    while start < end and text[start] == " ":
        start += 1
    while start < end and text[end - 1] == " ":
        end -= 1
    return replace(span, start=start, end=end) if start < end else None
