"""A text as the light model sees it: a dense vector of its meaning, and its n-grams."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.domain import Domain
from bot.errors import ModelError
from bot.ngc.archive import read_arrays, read_json, write_arrays, write_json
from bot.ngc.component import Draft, Features, Labelled
from bot.ngc.features import CountVectorsFeaturizer, join
from bot.ngc.tokenizer import LanguageTokenizer
from bot.project import Example, Project, Settings, Understanding
from knowledge.languages import ENGLISH, BilingualEmbedder, detect_language

MAX_CHARS: Final = 2_000
"""What is read of a text."""
ENGLISH_SHARE: Final = 0.9
"""With fewer English texts the English encoder is left out: it knows no other language, and the
multilingual space is the one that languages share."""
DIRECTIONS: Final = 192
"""Main directions of the vectors that are kept; all of 896 were no better on held-back texts."""
ENGLISH_GRAM_WEIGHT: Final = 0.7
"""Held-back texts of two English sets gained 0.4 points over 1.0; a Chinese one lost 0.1."""
FEW_TEXTS: Final = 2_000
"""Up to so many texts comparing them is cheap, and vectors are kept whole."""
SHARED: Final = "mul"
_WORDS: Final = {"analyzer": "word", "min_ngram": 1, "max_ngram": 2}
_CHARACTERS: Final = {"analyzer": "char_wb", "min_ngram": 2, "max_ngram": 5}

_NO_PROJECT: Final = Project(
    folder=Path(), settings=Settings(), domain=Domain(), understanding=Understanding()
)

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts as numbers."""

    vectors: FloatArray
    """float32 [texts, dim], of length 1 before the lesser directions were cut off."""
    grams: Sequence[Features]
    """One sparse row per text."""


@cache
def shared_embedder() -> BilingualEmbedder:
    """Return the embedder of this process: loading takes a second, and folds share its vectors."""
    return BilingualEmbedder()


def readable(text: str) -> str:
    """Return what is read of `text`: full-width letters as plain ones, without lone surrogates."""
    plain = unicodedata.normalize("NFKC", text[:MAX_CHARS])
    return plain.encode("utf-8", "replace").decode("utf-8").strip()


@dataclass(frozen=True, slots=True)
class View:
    """What of a text is looked at."""

    encoders: tuple[str, ...]
    """`en`, `mul` or both."""
    gram_weight: float = 1.0
    """Of the n-grams, beside `NGRAM_WEIGHT`; 0 leaves them out."""


def views_of(texts: Sequence[str]) -> tuple[View, ...]:
    """Return the views that may suit `texts`, the richest first."""
    english = sum(detect_language(text, ENGLISH) == ENGLISH for text in texts)
    if english < ENGLISH_SHARE * len(texts):
        return View((SHARED,)), View((SHARED,), 0.0)
    both, alone = (ENGLISH, SHARED), (ENGLISH,)
    few = ENGLISH_GRAM_WEIGHT
    return View(both, few), View(both, 0.0), View(alone, few), View(alone, 0.0)


def main_directions(vectors: FloatArray) -> FloatArray:
    """Return the directions along which `vectors` are longest, float32 [dim, directions].

    Few vectors do not tell them: what a new text has beside them would be lost, so of few none
    is returned, which keeps all.
    """
    if len(vectors) <= FEW_TEXTS:
        return np.zeros((0, 0), np.float32)
    _, found = np.linalg.eigh(vectors.T @ vectors)
    return np.ascontiguousarray(found[:, ::-1][:, :DIRECTIONS])


class TextRows:
    """Turns texts into rows, once it has seen the texts of a training."""

    def __init__(self, embedder: BilingualEmbedder, view: View) -> None:
        """Hold the encoders, which load their weights at the first text."""
        self._embedder, self._view = embedder, view
        self._directions: FloatArray = np.zeros((0, 0), np.float32)
        self._tokenizer = LanguageTokenizer({})
        self._counters = (CountVectorsFeaturizer(_WORDS), CountVectorsFeaturizer(_CHARACTERS))

    @property
    def encoder(self) -> str:
        """Return the names of the encoders that are used."""
        return " + ".join(self._embedder.of(name).name for name in self._view.encoders)

    def train(self, texts: Sequence[str]) -> Rows:
        """Learn which encoders, directions and n-grams `texts` need; return their rows."""
        drafts = [self._draft(text) for text in texts]
        labelled = [Labelled(draft, Example(text=draft.text, intent=None)) for draft in drafts]
        for counter in self._counters:
            counter.train(labelled, _NO_PROJECT)
        vectors = self._embed(drafts)
        self._directions = main_directions(vectors)
        return Rows(self._cut(vectors), self._grams(drafts))

    def __call__(self, texts: Sequence[str]) -> Rows:
        """Return the rows of `texts`."""
        drafts = [self._draft(text) for text in texts]
        return Rows(self._cut(self._embed(drafts)), self._grams(drafts))

    def save(self, folder: Path) -> None:
        """Write what was learnt."""
        write_json(folder / "texts.json", asdict(self._view))
        write_arrays(folder / "directions.npz", directions=self._directions)
        for name, counter in zip(("words", "characters"), self._counters, strict=True):
            (folder / name).mkdir()
            counter.save(folder / name)

    @classmethod
    def load(cls, folder: Path, embedder: BilingualEmbedder) -> TextRows:
        """Return what `save` wrote.

        Raises:
            ModelError: a file is missing or damaged.
        """
        view = read_json(folder / "texts.json")
        try:
            rows = cls(embedder, View(tuple(view["encoders"]), float(view["gram_weight"])))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{folder} holds a damaged model; train again") from error
        rows._directions = read_arrays(folder / "directions.npz")["directions"]
        for name, counter in zip(("words", "characters"), rows._counters, strict=True):
            counter.load(folder / name)
        return rows

    def _cut(self, vectors: FloatArray) -> FloatArray:
        return vectors @ self._directions if self._directions.size else vectors

    def _draft(self, text: str) -> Draft:
        text = readable(text)
        language = detect_language(text, ENGLISH)
        return self._tokenizer.process(Draft(text=text, language=language, space=language))

    def _embed(self, drafts: Sequence[Draft]) -> FloatArray:
        """Return vectors of length 1, to which each encoder gives the same share."""
        share = np.float32(np.sqrt(1 / len(self._view.encoders)))
        return np.hstack([self._part(drafts, name) for name in self._view.encoders]) * share

    def _part(self, drafts: Sequence[Draft], name: str) -> FloatArray:
        encoder = self._embedder.of(name)
        if name == SHARED:
            return encoder.embed([draft.text for draft in drafts])
        known = [row for row, draft in enumerate(drafts) if draft.language == name]
        vectors = np.zeros((len(drafts), encoder.dim), dtype=np.float32)
        vectors[known] = encoder.embed([drafts[row].text for row in known])
        return vectors

    def _grams(self, drafts: Sequence[Draft]) -> list[Features]:
        weight = np.float32(self._view.gram_weight)
        found: list[Features] = []
        for draft in drafts:
            for counter in self._counters:
                draft = counter.process(draft)
            row = join(draft.features)
            found.append(replace(row, values=row.values * weight))
        return found
