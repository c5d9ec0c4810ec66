"""Which language a text is in, by its script, and by common words where it is Latin.

Wider than `knowledge.languages`, which only chooses between the encoders of the bot.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final

UNKNOWN: Final = "und"
"""BCP-47's tag for a language that nobody can tell."""
MAX_CHARS: Final = 1_000
_SCRIPTS: Final = {
    "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "ARABIC": "ar",
    "HEBREW": "he", "CYRILLIC": "ru", "GREEK": "el", "THAI": "th", "DEVANAGARI": "hi",
}  # fmt: skip
"""First word of a letter's Unicode name → the language that most texts in the script are in."""
_COMMON: Final = {
    "en": "the a is i you my to and of it can do not what how for your this have was in on please",
    "de": "der die das ich ist und nicht wie ein eine mein zu kann sie es auf bitte für wir mit",
    "fr": "le la les je est et un une mon ma de ne pas vous que comment pour bonjour des sur",
    "es": "el la los es un una mi de no que cómo por para con se qué puedo en y está hola",
    "it": "il la è un una mio di non che come per con si posso e ciao sono mi della vorrei",
    "pt": "o a os é um uma meu de não que como por para com se posso em e está olá minha",
    "nl": "de het een is ik mijn en niet hoe van wat kan u voor op mij met dat er zijn",
}
_WORDS: Final = {name: frozenset(words.split()) for name, words in _COMMON.items()}
_WORD: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Language:
    """What a text seems to be written in."""

    tag: str
    """BCP-47; `und` where nothing tells."""
    confidence: float
    """Share of what was looked at that speaks for it, in [0, 1]."""
    is_right_to_left: bool


def language_of(text: str) -> Language:
    """Return the language of the first 1,000 characters of `text`.

    Latin letters beside other scripts decide nothing: names and codes are written with them
    everywhere.
    """
    text = unicodedata.normalize("NFKC", text[:MAX_CHARS])
    scripts = Counter(
        script for character in text if character.isalpha() and (script := _script(character))
    )
    if scripts:
        return _of_script(scripts)
    words = [word.lower() for word in _WORD.findall(text)]
    hits = {name: sum(word in known for word in words) for name, known in _WORDS.items()}
    best = max(hits, key=lambda name: hits[name])
    if not hits[best]:
        return Language(UNKNOWN, 0.0, is_right_to_left=False)
    return Language(best, hits[best] / sum(hits.values()), is_right_to_left=False)


def _of_script(scripts: Counter[str]) -> Language:
    total = sum(scripts.values())
    # Japanese is written with Han characters too, Chinese never with kana.
    if scripts["ja"]:
        return Language("ja", (scripts["ja"] + scripts["zh"]) / total, is_right_to_left=False)
    tag, count = scripts.most_common(1)[0]
    return Language(tag, count / total, is_right_to_left=tag in ("ar", "he"))


def _script(character: str) -> str | None:
    return _SCRIPTS.get(unicodedata.name(character, "").split(" ", 1)[0])
