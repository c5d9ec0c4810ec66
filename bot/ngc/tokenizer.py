"""Splits texts into tokens with offsets in code points."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import Any, Final

from bot.ngc.component import Draft, Token, Untrained

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_URL: Final = re.compile(r"https?://\S+|www\.\S+|[^\s@]+@[^\s@]+\.[^\s@]+")
# Punctuation that Rasa keeps because it carries meaning: hashtags, mentions, "&".
_KEPT: Final = "#@&"
_EMOJI: Final = re.compile(
    r"[\U0001f300-\U0001faff\U00002600-\U000027bf\U0001f1e6-\U0001f1ff\ufe0f\u200d]+"
)
_EDGE_START: Final = re.compile(rf"^[^\w{_KEPT}]+")
_EDGE_END: Final = re.compile(rf"[^\w{_KEPT}]+$")
# Inside a word only, and not between digits: 10'000.00 and 3:30 stay whole.
_INNER: Final = re.compile(rf"(?<!\d)[^\w{_KEPT}\s'’.\-]+|[^\w{_KEPT}\s'’.\-]+(?!\d)")
_MIXED: Final = re.compile(rf"[{_HAN}]|[^\W\d_{_HAN}]+|\d+|[^\w\s]")


def whitespace_tokens(text: str) -> tuple[Token, ...]:
    """Return the words of `text` as Rasa's WhitespaceTokenizer does.

    Punctuation at the edges of words goes, except `#@&`; numbers, e-mail addresses and URLs stay
    whole; words of emoji alone go. A text of which nothing remains is one token; an empty one none.
    """
    tokens = [token for match in re.finditer(r"\S+", text) for token in _split(match)]
    if tokens:
        return tuple(tokens)
    stripped = text.strip()
    start = text.find(stripped)
    return (Token(stripped, start, start + len(stripped)),) if stripped else ()


def _split(match: re.Match[str]) -> list[Token]:
    word, start = match.group(), match.start()
    if _EMOJI.fullmatch(word):
        return []
    lead = _EDGE_START.match(word)
    left = lead.end() if lead else 0
    tail = _EDGE_END.search(word, left)
    right = tail.start() if tail else len(word)
    core = word[left:right]
    if not core:
        return []
    if _URL.fullmatch(core):
        return [Token(core, start + left, start + right)]
    pieces, position = [], 0
    for gap in (*_INNER.finditer(core), None):
        end = gap.start() if gap else len(core)
        if end > position:
            pieces.append(Token(core[position:end], start + left + position, start + left + end))
        position = gap.end() if gap else end
    return pieces


def character_tokens(text: str) -> tuple[Token, ...]:
    """Return each Han character, each run of letters, of digits, and each punctuation mark.

    What sequence labelling works on: a Chinese entity need not begin where a dictionary sees
    a word begin, and `FD204815` in English is two tokens without a loss.
    """
    return tuple(
        Token(match.group(), match.start(), match.end()) for match in _MIXED.finditer(text)
    )


def mixed_tokens(text: str) -> tuple[Token, ...]:
    """Return Han characters and the words between them, without punctuation."""
    return tuple(token for token in character_tokens(text) if token.text[0].isalnum())


def jieba_tokens(text: str) -> tuple[Token, ...]:
    """Return Chinese words by jieba's dictionary, without spaces and punctuation.

    The first call reads the dictionary (0.7 s).
    """
    words = _Jieba.get().tokenize(text)
    return tuple(
        Token(word, start, end) for word, start, end in words if any(map(str.isalnum, word))
    )


class _Jieba:
    """Jieba's dictionary, read once per process."""

    _lock = threading.Lock()
    _tokenizer: Any = None  # jieba has no type annotations

    @classmethod
    def get(cls) -> Any:
        with cls._lock:
            if cls._tokenizer is None:
                cls._tokenizer = _read_jieba()
        return cls._tokenizer


def _read_jieba() -> Any:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # Jieba would keep its dictionary in the shared folder for temporary files, and read with
    # `marshal` whatever lies there. `initialize` is replaced by its safe part.
    with tokenizer.get_dict_file() as dictionary:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(dictionary)
    tokenizer.initialized = True
    return tokenizer


class LanguageTokenizer(Untrained):
    """Words where there are spaces; characters in Chinese, or jieba's words if asked for."""

    def __init__(self, *, uses_jieba: bool = False) -> None:
        """Choose how Chinese is split."""
        self._chinese = jieba_tokens if uses_jieba else mixed_tokens

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with its tokens."""
        split = self._chinese if draft.language == "zh" else whitespace_tokens
        return replace(draft, tokens=split(draft.text))
