"""Turns drafts into numbers: sentence embeddings, word and character n-grams, patterns."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np

from bot.ngc.archive import read_json, write_json
from bot.ngc.component import Draft, Features, Labelled, Token
from bot.ngc.pattern import compile_patterns
from bot.project import Project
from knowledge.languages import ENGLISH, BilingualEmbedder

NGRAM_WEIGHT: Final = 0.5
"""Length of an n-gram block beside an embedding of length 1. In cross-validation over four public
bots and the shop 0.3 gave up to 1 point less or the same, 0.8 less in English."""
_SHARED: Final = "mul"
"""Any language but English, which all share one embedder."""
_NUMBER: Final = re.compile(r"\d+")
_NUMBER_TOKEN: Final = "__number__"  # noqa: S105 - a token of a text, not a password
_UNLIMITED: Final = 10**9


def join(blocks: Sequence[Features]) -> Features:
    """Return the blocks of one draft as one row, side by side."""
    offsets = np.cumsum([0, *(block.width for block in blocks)])
    if not blocks:
        return Features(np.zeros(0, np.int64), np.zeros(0, np.float32), 0)
    columns = [block.columns + offset for block, offset in zip(blocks, offsets, strict=False)]
    values = [block.values for block in blocks]
    return Features(np.concatenate(columns), np.concatenate(values), int(offsets[-1]))


class SentenceEmbeddingFeaturizer:
    """The multilingual vector of a text, and in English also the English one.

    The multilingual space is shared, so an example in one language teaches the other; the
    English model knows English better. Texts of other languages have zeros there. With English
    examples alone the multilingual vector costs 3 points (Banking77, 10 examples per intent) and
    0.8 s at start, so it is left out; other languages then give zeros, and so a fallback.
    """

    def __init__(self, embedder: BilingualEmbedder) -> None:
        """Hold the embedder, which loads its weights at the first text."""
        self._embedder = embedder
        self._uses_shared = True

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Decide whether the multilingual vector is needed, and embed all examples at once.

        `process` then finds the vectors in the embedders' cache.
        """
        languages = {labelled.draft.language for labelled in examples} - {""}
        self._uses_shared = languages != {ENGLISH}
        drafts = [labelled.draft for labelled in examples]
        english = [draft.text for draft in drafts if draft.language == ENGLISH]
        shared = [draft.text for draft in drafts] if self._uses_shared else []
        # Each model computes on one thread, outside Python: together they use two cores.
        with ThreadPoolExecutor() as threads:
            other = threads.submit(self._embedder.of(_SHARED).embed, shared)
            self._embedder.of(ENGLISH).embed(english)
            other.result()

    def save(self, folder: Path) -> None:
        """Write the decision."""
        languages = [ENGLISH, _SHARED] if self._uses_shared else [ENGLISH]
        write_json(folder / "embedding.json", {"languages": languages})

    def load(self, folder: Path) -> None:
        """Read the decision."""
        self._uses_shared = _SHARED in read_json(folder / "embedding.json")["languages"]

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with its embeddings.

        Shapes:
            float32 [dim of English + dim of multilingual], zeros left out.
        """
        english, shared = self._embedder.of(ENGLISH), self._embedder.of(_SHARED)
        if not self._uses_shared:
            is_english = draft.language == ENGLISH
            vector = english.embed([draft.text] if is_english else [])
            columns = np.arange(vector.size)
            return draft.with_features(Features(columns, vector.reshape(-1), english.dim))
        vector = shared.embed([draft.text])[0]
        start = english.dim
        columns = np.arange(start, start + shared.dim)
        if draft.language == ENGLISH:
            vector = np.concatenate([english.embed([draft.text])[0], vector])
            columns = np.arange(start + shared.dim)
        return draft.with_features(Features(columns, vector, start + shared.dim))


class CountVectorsFeaturizer:
    """Word or character n-grams, weighted by rarity (TF-IDF), as a vector of fixed length."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Read Rasa's settings; `analyzer` is `word`, `char` or `char_wb`."""
        self._analyzer = str(settings.get("analyzer", "word"))
        self._sizes = (int(settings.get("min_ngram", 1)), int(settings.get("max_ngram", 1)))
        self._lowercase = bool(settings.get("lowercase", True))
        self._bounds = (settings.get("min_df", 1), settings.get("max_df", 1.0))
        self._max_features = settings.get("max_features")
        self._given_stop_words = settings.get("stop_words") or ()
        self._stop_words: frozenset[str] = frozenset()
        self._strips_accents = bool(settings.get("strip_accents"))
        self._columns: dict[str, int] = {}
        self._weights = np.zeros(0, dtype=np.float32)

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Collect the n-grams of all examples, in all languages."""
        self.learn([labelled.draft for labelled in examples])

    def learn(self, drafts: Sequence[Draft]) -> None:
        """Collect the n-grams of `drafts`."""
        self._stop_words = _stop_words(self._given_stop_words)
        counts = Counter(gram for draft in drafts for gram in set(self._grams(draft)))
        total = len(drafts)
        least, most = (_count(bound, total) for bound in self._bounds)
        kept = [(gram, count) for gram, count in counts.items() if least <= count <= most]
        kept.sort(key=lambda pair: (-pair[1], pair[0]))
        kept = kept[: self._max_features or _UNLIMITED]
        self._columns = {gram: column for column, (gram, _) in enumerate(kept)}
        self._weights = np.array(
            [math.log((1 + total) / (1 + count)) + 1 for _, count in kept], dtype=np.float32
        )

    def save(self, folder: Path) -> None:
        """Write the vocabulary with its weights."""
        contents = {
            "grams": list(self._columns),
            "weights": self._weights.tolist(),
            "stop_words": sorted(self._stop_words),
        }
        write_json(folder / "vocabulary.json", contents)

    def load(self, folder: Path) -> None:
        """Read the vocabulary."""
        contents = read_json(folder / "vocabulary.json")
        self._columns = {gram: column for column, gram in enumerate(contents["grams"])}
        self._weights = np.array(contents["weights"], dtype=np.float32)
        self._stop_words = frozenset(contents.get("stop_words", ()))

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with its n-grams; a vector of length `NGRAM_WEIGHT`, or zeros.

        Shapes:
            float32 [number of n-grams], zeros left out.
        """
        found = Counter(
            column for gram in self._grams(draft) if (column := self._columns.get(gram)) is not None
        )
        columns = np.array(sorted(found), dtype=np.int64)
        counts = np.array([found[int(column)] for column in columns], dtype=np.float32)
        values = (1 + np.log(np.maximum(counts, 1))) * self._weights[columns]
        length = float(np.linalg.norm(values)) or 1.0
        scaled = (values * (NGRAM_WEIGHT / length)).astype(np.float32)
        return draft.with_features(Features(columns, scaled, len(self._columns)))

    def _grams(self, draft: Draft) -> list[str]:
        if self._analyzer == "word":
            return self._word_grams(draft.tokens)
        text = self._spelled(draft.text)
        if self._analyzer == "char":
            return _slices(" ".join(text.split()), *self._sizes)
        return [gram for word in text.split() for gram in _slices(f" {word} ", *self._sizes)]

    def _word_grams(self, tokens: Sequence[Token]) -> list[str]:
        # All numbers are alike to an intent (as in Rasa).
        words = [
            _NUMBER_TOKEN if _NUMBER.fullmatch(token.text) else self._spelled(token.text)
            for token in tokens
        ]
        words = [word for word in words if word not in self._stop_words]
        smallest, largest = self._sizes
        return [
            " ".join(words[start : start + size])
            for size in range(smallest, largest + 1)
            for start in range(len(words) - size + 1)
        ]

    def _spelled(self, text: str) -> str:
        text = text.lower() if self._lowercase else text
        return _without_accents(text) if self._strips_accents else text


def _stop_words(given: str | Sequence[str]) -> frozenset[str]:
    """Return the words of a list, or scikit-learn's where it is called `english`, as in Rasa."""
    if isinstance(given, str):
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # only needed in training

        return frozenset(ENGLISH_STOP_WORDS)
    return frozenset(given)


def _count(bound: float, total: int) -> float:
    """Return how many examples `bound` means; a fraction is a share of all, as in scikit-learn."""
    return bound * total if isinstance(bound, float) else bound


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _slices(text: str, smallest: int, largest: int) -> list[str]:
    return [
        text[start : start + size]
        for size in range(smallest, largest + 1)
        for start in range(len(text) - size + 1)
    ]


class RegexFeaturizer:
    """One column per pattern or lookup table: does the text contain it?"""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Read Rasa's settings."""
        self._settings = settings
        self._sources: list[tuple[str, str]] = []
        self._tests: list[Callable[[str], Any]] = []

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Take the patterns and lookup tables of the project."""
        self._sources = compile_patterns(
            project.understanding,
            uses_regexes=bool(self._settings.get("use_regexes", True)),
            uses_lookups=bool(self._settings.get("use_lookup_tables", True)),
            boundaries="word" if self._settings.get("use_word_boundaries", True) else "none",
        )
        self._compile()

    def save(self, folder: Path) -> None:
        """Write the patterns."""
        write_json(folder / "patterns.json", self._sources)

    def load(self, folder: Path) -> None:
        """Read the patterns."""
        self._sources = [(name, pattern) for name, pattern in read_json(folder / "patterns.json")]
        self._compile()

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with one column per pattern that it contains.

        Shapes:
            float32 [number of patterns], zeros left out.
        """
        found = [column for column, test in enumerate(self._tests) if test(draft.text)]
        columns = np.array(found, dtype=np.int64)
        values = np.full(len(found), NGRAM_WEIGHT, dtype=np.float32)
        return draft.with_features(Features(columns, values, len(self._tests)))

    def _compile(self) -> None:
        flags = 0 if self._settings.get("case_sensitive", True) else re.IGNORECASE
        self._tests = [re.compile(pattern, flags).search for _, pattern in self._sources]
