"""Splits texts into the terms that BM25 counts. Holds no index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_HAN_RUN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_MIN_STEM: Final = 3
_ENDINGS: Final = ("ing", "ed", "es", "s")


def terms(text: str) -> list[str]:
    """Return the terms of `text` in lower case, with repetitions.

    Words lose the commonest English endings. A run of Han characters gives its characters and its
    pairs: they find as much as the words of jieba's dictionary, which takes a second to load.
    """
    text = text.lower()
    words = (_stem(word) for word in _WORD.findall(_HAN_RUN.sub(" ", text)))
    return [*words, *_pairs(text)]


def _pairs(text: str) -> Iterator[str]:
    for run in _HAN_RUN.findall(text):
        yield from run
        yield from (run[start : start + 2] for start in range(len(run) - 1))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word[: -len(ending)]
    return word
