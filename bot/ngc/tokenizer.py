"""Splits texts into tokens with offsets in code points."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bot.errors import TrainingError
from bot.ngc.archive import read_json, write_json
from bot.ngc.component import Draft, Labelled, Token
from bot.project import Project

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_URL: Final = re.compile(r"https?://\S+|www\.\S+|[^\s@]+@[^\s@]+\.[^\s@]+")
# Punctuation that Rasa keeps because it carries meaning: hashtags, mentions, "&".
_KEPT: Final = "#@&"
_EMOJI: Final = re.compile(
    r"[\U0001f300-\U0001faff\U00002600-\U000027bf\U0001f1e6-\U0001f1ff\ufe0f\u200d]+"
)
# An amount keeps its sign: "$25" and "-5" are one token.
_EDGE_START: Final = re.compile(rf"^[^\w{_KEPT}]+(?=[^\d\s])")
_EDGE_END: Final = re.compile(rf"[^\w{_KEPT}]+$")
# Inside a word only what no address holds (RFC 3986) parts it, and nothing does beside a digit:
# "it's" is two tokens, while a/b, 10'000.00 and 3:30 are one.
_INNER: Final = re.compile(r"(?<=[^\d\s])[^\w.~:/?#\[\]()@!$&*+,;=\-]+(?=[^\d\s])")
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


class JiebaWords:
    """Chinese words by jieba's dictionary, and by the lines of user dictionaries."""

    def __init__(self, lines: Sequence[str] = ()) -> None:
        """Hold `lines` (word, frequency, part of speech); nothing is read yet."""
        self._lines = tuple(lines)
        self._tokenizer: Any = None  # jieba has no type annotations
        self._lock = threading.Lock()

    def tokens(self, text: str) -> tuple[Token, ...]:
        """Return the words of `text`, without spaces and punctuation.

        The first call reads the dictionary (0.7 s).
        """
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = _read_jieba(self._lines)
        words = self._tokenizer.tokenize(text)
        return tuple(
            Token(word, start, end) for word, start, end in words if any(map(str.isalnum, word))
        )


def _read_jieba(lines: Sequence[str]) -> Any:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # Jieba would keep its dictionary in the shared folder for temporary files, and read with
    # `marshal` whatever lies there. `initialize` is replaced by its safe part.
    with tokenizer.get_dict_file() as dictionary:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(dictionary)
    tokenizer.initialized = True
    tokenizer.load_userdict(lines)
    return tokenizer


class LanguageTokenizer:
    """Words where there are spaces; characters in Chinese, or jieba's words if asked for."""

    def __init__(self, settings: Mapping[str, Any], *, uses_jieba: bool = False) -> None:
        """Read Rasa's `token_pattern` and `dictionary_path`; choose how Chinese is split."""
        pattern = settings.get("token_pattern")
        self._pattern = re.compile(str(pattern)) if pattern else None
        self._dictionary_path = settings.get("dictionary_path")
        self._uses_jieba = uses_jieba
        self._words: list[str] = []
        self._jieba = JiebaWords()

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Read the user dictionaries, which become part of the model."""
        if self._uses_jieba and self._dictionary_path:
            self._words = _dictionary_lines(project.folder / str(self._dictionary_path))
            self._jieba = JiebaWords(self._words)

    def save(self, folder: Path) -> None:
        """Write the user dictionaries."""
        write_json(folder / "dictionary.json", self._words)

    def load(self, folder: Path) -> None:
        """Read the user dictionaries."""
        self._words = list(read_json(folder / "dictionary.json"))
        self._jieba = JiebaWords(self._words)

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with its tokens."""
        tokens = self._split(draft)
        if self._pattern is not None:
            tokens = tuple(part for token in tokens for part in _matching(token, self._pattern))
        return replace(draft, tokens=tokens)

    def _split(self, draft: Draft) -> tuple[Token, ...]:
        if draft.language != "zh":
            return whitespace_tokens(draft.text)
        return self._jieba.tokens(draft.text) if self._uses_jieba else mixed_tokens(draft.text)


def _matching(token: Token, pattern: re.Pattern[str]) -> list[Token]:
    """Return the parts of `token` that match Rasa's `token_pattern`; the token where none does."""
    parts = [
        Token(match.group(), token.start + match.start(), token.start + match.end())
        for match in pattern.finditer(token.text)
        if match.group()
    ]
    return parts or [token]


def _dictionary_lines(path: Path) -> list[str]:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    try:
        return [line for file in files for line in file.read_text("utf-8").splitlines() if line]
    except OSError as error:
        raise TrainingError(
            f"`dictionary_path` of JiebaTokenizer: {path} cannot be read; correct the path"
        ) from error
