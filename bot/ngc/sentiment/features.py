"""What a sentiment head looks at: meaning, n-grams, and in English a lexicon."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np

from bot.ngc.component import MAX_CHARS, Features
from bot.ngc.features import join
from bot.ngc.grams import GramTable, slices
from bot.ngc.sentiment.lexicon import WIDTH, Lexicon
from bot.ngc.tokenizer import character_tokens
from knowledge.embedder import FloatArray
from knowledge.languages import CHINESE, ENGLISH, BilingualEmbedder, detect_language

WORDS: Final = (1, 2)
"""Sizes of n-grams of words."""
CHARACTERS: Final = (1, 4)
"""Sizes of n-grams of Chinese characters, which stand for words: no dictionary is loaded."""
LETTERS: Final = (2, 5)
"""Sizes of n-grams within a word with its edges: they see stems, and typing errors."""
_SHARED: Final = "mul"
_DIGITS: Final = re.compile(r"\d+")


def grams_of(text: str) -> list[str]:
    """Return the n-grams of `text`, without regard to case, width and digits."""
    text = unicodedata.normalize("NFKC", text[:MAX_CHARS]).lower()
    tokens = [
        "0" if _DIGITS.fullmatch(token.text) else token.text for token in character_tokens(text)
    ]
    if detect_language(text, "") == CHINESE:
        return slices(tokens, *CHARACTERS)
    smallest, largest = LETTERS
    letters = [
        f"~{word[start : start + size]}"
        for word in (f" {token} " for token in tokens if token.isalpha())
        for size in range(smallest, largest + 1)
        for start in range(len(word) - size + 1)
    ]
    return slices(tokens, *WORDS) + letters


class SentimentFeatures:
    """Rows of numbers for texts; needs the n-grams that training chose."""

    def __init__(
        self,
        grams: GramTable,
        *,
        embedder: BilingualEmbedder,
        lexicon: Lexicon,
        embeds: bool = True,
    ) -> None:
        """Hold what knows words and meanings; `embeds` says whether meanings are looked at."""
        self.grams, self.embeds = grams, embeds
        self._embedder, self._lexicon = embedder, lexicon

    def rows(self, texts: Sequence[str]) -> list[Features]:
        """Return one row per text.

        Both embedders are asked about English: together they are a point better than one
        (SST-2, held-out part), and in a bot of both languages both vectors are there already.

        Shapes:
            float32 [384 + 512 + n-grams + lexicon], zeros left out; without the first two blocks
            unless `embeds`.
        """
        languages = [detect_language(text, ENGLISH) for text in texts]
        meanings = self._meanings(texts, languages) if self.embeds else [[] for _ in texts]
        return [
            join([*meaning, self.grams.features(grams_of(text)), self._words(text, language)])
            for text, language, meaning in zip(texts, languages, meanings, strict=True)
        ]

    def _meanings(self, texts: Sequence[str], languages: Sequence[str]) -> list[list[Features]]:
        english, shared = self._embedder.of(ENGLISH), self._embedder.of(_SHARED)
        own = [text for text, one in zip(texts, languages, strict=True) if one == ENGLISH]
        known = iter(english.embed(own))
        return [
            [
                _dense(next(known)) if one == ENGLISH else _empty(english.dim),
                _dense(vector),
            ]
            for one, vector in zip(languages, shared.embed(texts), strict=True)
        ]

    def _words(self, text: str, language: str) -> Features:
        if language != ENGLISH:
            return _empty(WIDTH)
        return _dense(np.array(self._lexicon.features(text[:MAX_CHARS]), dtype=np.float32))


def _dense(vector: FloatArray) -> Features:
    return Features(np.arange(vector.size), vector, vector.size)


def _empty(width: int) -> Features:
    return Features(np.zeros(0, np.int64), np.zeros(0, np.float32), width)
