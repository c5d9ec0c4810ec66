"""Tags of tokens (BIO and its kin) as spans of a text, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.ngc.tasks.sample import Span

OUTSIDE: Final = "O"
_STARTS: Final = "BSU"
_ENDS: Final = "ESLU"
_HAN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")


def join_tokens(tokens: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return the text of `tokens` and where each stands; no space stands beside Han characters."""
    text = ""
    places: list[tuple[int, int]] = []
    for token in tokens:
        if text and token and not _HAN.match(text[-1]) and not _HAN.match(token[0]):
            text += " "
        places.append((len(text), len(text) + len(token)))
        text += token
    return text, places


def spans_of_tags(tags: Sequence[str], places: Sequence[tuple[int, int]]) -> list[Span]:
    """Return the spans of BIO, IOB1, BIOES or BILOU tags, read as `conlleval` reads them.

    A span starts at `B`, `S` or `U`, and at `I` where no span of its name is open.

    Args:
        tags: `O`, or a letter and the name of the span, as in `B-city`.
        places: Start and end of each token in the text.
    """
    spans: list[Span] = []
    is_open = False
    for tag, (start, end) in zip(tags, places, strict=True):
        prefix, _, name = tag.partition("-")
        if prefix == OUTSIDE or not name:
            is_open = False
            continue
        if is_open and prefix not in _STARTS and spans[-1].name == name:
            spans[-1] = Span(spans[-1].start, end, name)
        else:
            spans.append(Span(start, end, name))
        is_open = prefix not in _ENDS
    return spans


def without_overlaps(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return `spans` in the order of the text; of those that overlap the longest stays."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start - one.end, one.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return tuple(sorted(kept, key=lambda one: one.start))
