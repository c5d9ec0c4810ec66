"""More examples from those that are there: misspelt, said in other words, with other values.

Labels stay, and entities stay on their letters. Everything is drawn by a seed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from bot.ngc.tasks.sample import Sample, Span
from bot.ngc.tasks.variants import KEYBOARD, SOUND_ALIKE, SYNONYMS

_WORD: Final = re.compile(r"[A-Za-z]{4,}")
"""Shorter words become others too easily."""
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
Chance = random.Random
Change = Callable[[Sample, Chance], Sample | None]


def augment(samples: Sequence[Sample], copies: int, seed: int) -> list[Sample]:
    """Return up to `copies` new samples of each sample; none is a text that is there already.

    Args:
        samples: What is there.
        copies: How many variants of each sample are tried for.
        seed: Of all draws.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable variants, not secrets
    values = _values(samples)
    changes: tuple[Change, ...] = (
        _misspelt,
        _other_words,
        lambda sample, chance: _other_values(sample, values, chance),
    )
    known = {sample.text for sample in samples}
    made: list[Sample] = []
    for sample in samples:
        for change in chance.choices(changes, k=copies):
            fresh = change(sample, chance) or _misspelt(sample, chance)
            if fresh is not None and fresh.text not in known:
                known.add(fresh.text)
                made.append(fresh)
    return made


def replaced(sample: Sample, start: int, end: int, text: str) -> Sample:
    """Return `sample` with other text from `start` to `end`; spans behind it move.

    A span that the change lies in grows or shrinks with it.
    """
    longer = len(text) - (end - start)

    def moved(span: Span) -> Span:
        left = span.start + longer if span.start >= end else span.start
        right = span.end + longer if span.end >= end else span.end
        return replace(span, start=left, end=right)

    changed = sample.text[:start] + text + sample.text[end:]
    return replace(sample, text=changed, spans=tuple(map(moved, sample.spans)))


def _misspelt(sample: Sample, chance: Chance) -> Sample | None:
    """Return `sample` with one slip of a finger, or of an input method in Chinese."""
    words = [match for match in _WORD.finditer(sample.text) if _is_free(sample, match)]
    alike = [match for match in _HAN.finditer(sample.text) if _is_free(sample, match)]
    if words and (not alike or chance.random() < 0.5):
        word = chance.choice(words)
        return replaced(sample, word.start(), word.end(), _slip(word.group(), chance))
    if not alike:
        return None
    likely = [match for match in alike if match.group() in SOUND_ALIKE]
    if likely and chance.random() < 0.7:
        letter = chance.choice(likely)
        other = chance.choice(SOUND_ALIKE[letter.group()])
        return replaced(sample, letter.start(), letter.end(), other)
    pairs = [one.start() for one, other in pairwise(alike) if one.end() == other.start()]
    if not pairs:
        return None
    place = chance.choice(pairs)
    swapped = sample.text[place + 1] + sample.text[place]
    return replaced(sample, place, place + 2, swapped)


def _slip(word: str, chance: Chance) -> str:
    """Return `word` with a letter dropped, doubled, swapped with the next, or beside it."""
    place = chance.randrange(1, len(word) - 1)
    letter = word[place]
    neighbours = KEYBOARD.get(letter.lower(), letter)
    slips = (
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + word[place + 1] + letter + word[place + 2 :],
        word[:place] + chance.choice(neighbours) + word[place + 1 :],
    )
    return chance.choice(slips)


def _other_words(sample: Sample, chance: Chance) -> Sample | None:
    """Return `sample` with one expression in other words; None if it holds none that is known."""
    found = [
        (match, others)
        for pattern, others in SYNONYMS
        for match in pattern.finditer(sample.text)
        if _is_free(sample, match)
    ]
    if not found:
        return None
    match, others = chance.choice(found)
    said = chance.choice([other for other in others if other != match.group().lower()])
    if match.group()[0].isupper():
        said = said[0].upper() + said[1:]
    return replaced(sample, match.start(), match.end(), said)


def _other_values(sample: Sample, values: dict[str, list[str]], chance: Chance) -> Sample | None:
    """Return `sample` with another value of one of its entities; the sentence is the template."""
    free = [span for span in sample.spans if len(values[span.name]) > 1]
    if not free:
        return None
    span = chance.choice(free)
    own = sample.text[span.start : span.end]
    other = chance.choice([value for value in values[span.name] if value != own])
    return replaced(sample, span.start, span.end, other)


def _values(samples: Sequence[Sample]) -> dict[str, list[str]]:
    values: dict[str, dict[str, None]] = {}
    for sample in samples:
        for span in sample.spans:
            values.setdefault(span.name, {})[sample.text[span.start : span.end]] = None
    return {name: list(found) for name, found in values.items()}


def _is_free(sample: Sample, match: re.Match[str]) -> bool:
    """Tell whether the match touches no entity."""
    return all(match.end() <= span.start or span.end <= match.start() for span in sample.spans)
