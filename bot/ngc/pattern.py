"""Regular expressions and lookup tables of a project, as patterns to search with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from bot.errors import TrainingError
from bot.project import Understanding

# A short range: `re` takes 5 ms to compile a long one, and a lookup table has hundreds.
Boundaries = Literal["word", "latin", "none"]
"""Where a lookup word may not go on.

- `word`: at letters and digits of any script, which is Rasa's `\\b`.
- `latin`: at Latin letters and digits; "买iPhone吗" then holds an iPhone, for Chinese has no
  such boundaries.
- `none`: nowhere; "lamps" then holds a lamp. It is Rasa's `use_word_boundaries: false`.
"""
_LETTERS: Final = r"[0-9A-Za-z_\u00c0-\u024f]"
_LATIN_START: Final = re.compile(r"[0-9A-Za-z\u00c0-\u024f]")


def compile_patterns(
    understanding: Understanding,
    *,
    uses_regexes: bool = True,
    uses_lookups: bool = True,
    boundaries: Boundaries = "word",
    names: frozenset[str] | None = None,
) -> list[tuple[str, str]]:
    """Return (name, pattern) pairs, regexes before lookups; only `names` unless that is None.

    Raises:
        TrainingError: a regex is not valid.
    """
    regexes = understanding.regexes if uses_regexes else ()
    lookups = understanding.lookups.items() if uses_lookups else ()
    pairs = [(name, _checked(name, pattern)) for name, pattern in regexes]
    pairs += [
        (name, lookup_pattern(words, boundaries))
        for name, words in lookups
        if any(word.strip() for word in words)
    ]
    return [(name, pattern) for name, pattern in pairs if names is None or name in names]


def lookup_pattern(words: Sequence[str], boundaries: Boundaries = "word") -> str:
    """Return a pattern that finds any of `words`, the longest that fits."""
    unique = dict.fromkeys(word.strip() for word in words if word.strip())
    ordered = sorted(unique, key=len, reverse=True)
    return "|".join(_bounded(word, boundaries) for word in ordered)


def _bounded(word: str, boundaries: Boundaries) -> str:
    # Blanks of a lookup word stand for any run of blanks in a text.
    body = r"\s+".join(re.escape(part) for part in word.split())
    if boundaries == "none":
        return body
    letters = r"\w" if boundaries == "word" and word.isascii() else _LETTERS
    before = rf"(?<!{letters})" if _LATIN_START.match(word) else ""
    after = rf"(?!{letters})" if _LATIN_START.match(word[-1]) else ""
    return before + body + after


def _checked(name: str, pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise TrainingError(
            f"regex `{name}`: `{pattern}` is not a valid pattern: {error}; correct it"
        ) from error
    return pattern
