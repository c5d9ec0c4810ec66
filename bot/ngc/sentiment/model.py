"""A sentiment model: features and a linear head, for whatever labels it was taught."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from bot.ngc.archive import read_json, write_json
from bot.ngc.grams import GramTable
from bot.ngc.head import Head, read_head, write_head
from bot.ngc.sentiment.features import SentimentFeatures
from bot.ngc.sentiment.lexicon import Lexicon
from bot.ngc.tasks.sample import Prediction, Sample
from knowledge.languages import BilingualEmbedder


class SentimentModel:
    """What `train_sentiment` returns; a `TaskModel`. Safe to use from several threads."""

    kind: ClassVar[str] = "light-sentiment"

    def __init__(self, features: SentimentFeatures, head: Head) -> None:
        """Hold the parts."""
        self.features, self.head = features, head

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """Return the labels of `samples` with calibrated probabilities."""
        rows = self.features.rows([sample.text for sample in samples])
        rankings = [tuple(self.head.rank(row)) for row in rows]
        return [
            Prediction(label=ranking[0][0], confidence=ranking[0][1], ranking=ranking)
            for ranking in rankings
        ]

    def save(self, folder: Path) -> None:
        """Write n-grams and head to `folder`."""
        contents = {"labels": self.head.labels, "embeds": self.features.embeds}
        write_json(folder / "sentiment.json", contents)
        write_head(folder / "head.npz", self.head)
        self.features.grams.save(folder)

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        embedder: BilingualEmbedder | None = None,
        lexicon: Lexicon | None = None,
    ) -> SentimentModel:
        """Return the model that `save` wrote.

        Raises:
            ModelError: a file is missing or damaged.
        """
        contents = read_json(folder / "sentiment.json")
        features = SentimentFeatures(
            GramTable.load(folder),
            embedder=embedder or BilingualEmbedder(),
            lexicon=lexicon or Lexicon(),
            embeds=contents["embeds"],
        )
        head = read_head(folder / "head.npz", contents["labels"])
        return cls(features, head)
