"""A linear classifier over word and character n-grams: the exact words that an encoder blurs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from bot.ngc.archive import read_arrays, read_json, write_arrays, write_json
from bot.ngc.component import MAX_CHARS, Draft, Features, Token
from bot.ngc.features import CountVectorsFeaturizer, join
from bot.ngc.head import Head, fit
from bot.ngc.transformer.units import units_of
from knowledge.embedder import FloatArray

_ANALYZERS: Final = (
    {"analyzer": "word", "min_ngram": 1, "max_ngram": 2, "max_features": 15_000},
    {"analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4, "max_features": 15_000},
)
"""The bounds keep a model of 150 labels below 10 MB."""


class LexicalHead:
    """Knows which n-grams speak for which label. Safe to use from several threads."""

    def __init__(self, head: Head, featurizers: Sequence[CountVectorsFeaturizer]) -> None:
        """Hold what was learnt."""
        self._head, self._featurizers = head, featurizers

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Sequence[str]) -> LexicalHead:
        """Return a head that tells `labels`, one per text, apart."""
        featurizers = _featurizers()
        drafts = [_draft(text) for text in texts]
        for featurizer in featurizers:
            featurizer.learn(drafts)
        rows = [_features(draft, featurizers) for draft in drafts]
        head = fit(rows, labels, [1.0] * len(rows))
        # Half precision changes probabilities by less than 0.001.
        return cls(replace(head, weights=head.weights.astype(np.float16)), featurizers)

    def log_shares(self, text: str) -> FloatArray:
        """Return the logarithm of each label's probability, labels in order; float32 [labels]."""
        features = _features(_draft(text), self._featurizers)
        weights = self._head.weights[features.columns].astype(np.float32)
        logits = features.values @ weights + self._head.bias
        logits -= logits.max()
        return logits - np.log(np.exp(logits).sum())

    def save(self, folder: Path) -> None:
        """Write everything to the empty `folder`."""
        write_json(folder / "labels.json", self._head.labels)
        write_arrays(folder / "head.npz", weights=self._head.weights, bias=self._head.bias)
        for number, featurizer in enumerate(self._featurizers):
            (folder / str(number)).mkdir()
            featurizer.save(folder / str(number))

    @classmethod
    def load(cls, folder: Path) -> LexicalHead:
        """Return what was saved to `folder`.

        Raises:
            ModelError: a file is missing or damaged.
        """
        arrays = read_arrays(folder / "head.npz")
        labels = tuple(read_json(folder / "labels.json"))
        featurizers = _featurizers()
        for number, featurizer in enumerate(featurizers):
            featurizer.load(folder / str(number))
        return cls(Head(labels, arrays["weights"], arrays["bias"]), featurizers)


def _featurizers() -> list[CountVectorsFeaturizer]:
    return [CountVectorsFeaturizer(settings) for settings in _ANALYZERS]


def _draft(text: str) -> Draft:
    text = text[:MAX_CHARS]
    tokens = tuple(Token(text[start:end], start, end) for start, end in units_of(text, "token"))
    return Draft(text=text, language="", space="", tokens=tokens)


def _features(draft: Draft, featurizers: Sequence[CountVectorsFeaturizer]) -> Features:
    for featurizer in featurizers:
        draft = featurizer.process(draft)
    return join(draft.features)
