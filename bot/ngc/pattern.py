"""Regular expressions and lookup tables of a project, as patterns to search with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.errors import TrainingError
from bot.project import Understanding

# A short range: `re` takes 5 ms to compile a long one, and a lookup table has hundreds.
_LETTERS: Final = r"[0-9A-Za-z_\u00c0-\u024f]"
_LATIN_START: Final = re.compile(r"[0-9A-Za-z\u00c0-\u024f]")


def compile_patterns(
    understanding: Understanding,
    *,
    uses_regexes: bool = True,
    uses_lookups: bool = True,
    uses_boundaries: bool = True,
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
        (name, lookup_pattern(words, uses_boundaries=uses_boundaries))
        for name, words in lookups
        if any(word.strip() for word in words)
    ]
    return [(name, pattern) for name, pattern in pairs if names is None or name in names]


def lookup_pattern(words: Sequence[str], *, uses_boundaries: bool = True) -> str:
    """Return a pattern that finds any of `words`, the longest that fits.

    A word may not continue where it begins or ends with a Latin letter or digit. Chinese has no
    such boundaries, so none are asked for there. `uses_boundaries` False asks for none in Latin
    text that touches Chinese; inside a Latin word nothing is ever found.
    """
    unique = dict.fromkeys(word.strip() for word in words if word.strip())
    ordered = sorted(unique, key=len, reverse=True)
    return "|".join(_bounded(word, strict=uses_boundaries) for word in ordered)


def _bounded(word: str, *, strict: bool) -> str:
    # `strict` is Rasa's `\b`, for which a Han character continues a Latin word.
    letters = r"\w" if strict and word.isascii() else _LETTERS
    before = rf"(?<!{letters})" if _LATIN_START.match(word) else ""
    after = rf"(?!{letters})" if _LATIN_START.match(word[-1]) else ""
    # Blanks of a lookup word stand for any run of blanks in a text.
    body = r"\s+".join(re.escape(part) for part in word.split())
    return before + body + after


def _checked(name: str, pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise TrainingError(
            f"regex `{name}`: `{pattern}` is not a valid pattern: {error}; correct it"
        ) from error
    return pattern
