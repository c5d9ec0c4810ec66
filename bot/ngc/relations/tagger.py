"""Finds the entities that relations are between: what was taught, helped by a few patterns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from bot.ngc.component import Draft, Labelled
from bot.ngc.crf import CRFEntityExtractor
from bot.project import Example, RelationExample, Understanding
from bot.types import Entity
from knowledge.embedder import WordEmbedder
from knowledge.languages import ENGLISH, detect_language

NAME: Final = "RelationExtractor"
_ORDER: Final = (
    r"(?<![0-9A-Za-z])[A-Za-z]{1,4}[- ]?\d{5,12}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z.,])\d{6,15}(?![0-9A-Za-z.,])"
)
_AMOUNT: Final = (
    r"[$€£¥￥]\s?\d[\d.,]*"
    r"|\d[\d.,]*\s?(?:元|块|€|欧元?|(?:eur|euros?|dollars?|usd|yuan|rmb|bucks?|pounds?|gbp|cny)\b)"
)
_DATE: Final = (
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:today|tomorrow|yesterday)\b"
    r"|\b(?:january|february|march|april|june|july|august|september|october|november|december)\b"
    r"|\d{1,2}月\d{1,2}[日号]?|[下上这本]?(?:周|星期|礼拜)[一二三四五六日天末]|[今明后昨前]天"
)
PATTERNS: Final = (("order", _ORDER), ("amount", _AMOUNT), ("date", _DATE))
"""What numbers look like; the tagger sees which of them a word is part of, and decides itself."""


class EntityTagger:
    """A conditional random field per language over the examples of relations."""

    def __init__(self, words: WordEmbedder | None) -> None:
        """Hold what knows English words."""
        self._field = CRFEntityExtractor({"split_entities_by_comma": False}, name=NAME, words=words)

    def train(self, examples: Sequence[RelationExample]) -> None:
        """Learn the entities of `examples`."""
        project: Any = SimpleNamespace(understanding=Understanding(regexes=PATTERNS))
        self._field.train([_labelled(one) for one in examples], project)

    def save(self, folder: Path) -> None:
        """Write what was learnt."""
        self._field.save(folder)

    def load(self, folder: Path) -> None:
        """Read what was learnt.

        Raises:
            ModelError: a file is missing or damaged.
        """
        self._field.load(folder)

    def find(self, text: str, language: str) -> tuple[Entity, ...]:
        """Return the entities of `text`, in its order, without overlaps."""
        return self._field.process(Draft(text=text, language=language, space=language)).entities


def _labelled(one: RelationExample) -> Labelled:
    language = detect_language(one.text, ENGLISH)
    return Labelled(
        Draft(text=one.text, language=language, space=language),
        Example(text=one.text, intent=None, entities=one.entities),
    )
