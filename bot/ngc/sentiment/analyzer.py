"""`SentimentAnalyzer`: the step of the pipeline that tells how a customer feels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.ngc import shipped
from bot.ngc.archive import read_json, write_json
from bot.ngc.component import Draft, Labelled
from bot.ngc.sentiment.model import SentimentModel
from bot.ngc.sentiment.train import train_sentiment
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.sample import Sample
from bot.project import FeelingExample, Project
from bot.types import Sentiment
from knowledge.languages import ENGLISH, BilingualEmbedder

ANGRY: Final = "angry "
"""Before a label: the texts of that label whose writer is angry. One head that tells these from the
others finds anger better than a head of its own, and sentiment, too (five folds)."""
_FILE: Final = "analyzer.json"
_EMBEDDED: Final = (ENGLISH, "mul")


class SentimentAnalyzer:
    """Knows the shipped examples, or the project's own (`ngc/sentiment.*.jsonl`)."""

    def __init__(self, embedder: BilingualEmbedder) -> None:
        """Hold the embedder, which loads its weights at the first text."""
        self._embedder = embedder
        self._model: SentimentModel | None = None
        self._is_own = False

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Learn the project's examples of sentiment, unless the shipped model knows them."""
        feelings = project.understanding.feelings
        self._is_own = not shipped.is_shipped(shipped.SENTIMENT, feelings)
        if self._is_own:
            self._model = train_feelings(feelings, self._embedder)
        else:
            self._model = self._load(shipped.FOLDER / shipped.SENTIMENT)

    def save(self, folder: Path) -> None:
        """Write the project's model; the shipped one stays where it is."""
        write_json(folder / _FILE, {"is_own": self._is_own})
        write_json(folder / "embedding.json", {"languages": _EMBEDDED})
        if self._is_own and self._model is not None:
            self._model.save(folder)

    def load(self, folder: Path) -> None:
        """Read the model.

        Raises:
            ModelError: a file is missing or damaged.
        """
        self._is_own = read_json(folder / _FILE)["is_own"]
        self._model = self._load(folder if self._is_own else shipped.FOLDER / shipped.SENTIMENT)

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with its sentiment; without one if there is no letter to judge."""
        if self._model is None or not any(map(str.isalpha, draft.text)):
            return draft
        ranking = self._model.predict([Sample(text=draft.text)])[0].ranking
        return replace(draft, sentiment=_sentiment(ranking))

    def _load(self, folder: Path) -> SentimentModel:
        return SentimentModel.load(folder, embedder=self._embedder)


def train_feelings(
    feelings: Sequence[FeelingExample], embedder: BilingualEmbedder
) -> SentimentModel:
    """Return what was learnt from `feelings`, anger as labels of its own.

    Raises:
        TrainingError: there are fewer than two labels.
    """
    samples = [
        Sample(text=one.text, label=f"{ANGRY * one.anger}{one.sentiment}") for one in feelings
    ]
    lesson = Lesson(task="sentiment", train=samples)
    return train_sentiment(lesson, lambda _what, _share: None, embedder=embedder)


def _sentiment(ranking: Sequence[tuple[str, float]]) -> Sentiment:
    """Return the likeliest label, with or without anger, and how likely anger is."""
    shares: dict[str, float] = {}
    for name, share in ranking:
        label = name.removeprefix(ANGRY)
        shares[label] = shares.get(label, 0.0) + share
    label = max(shares, key=lambda name: shares[name])
    anger = sum(share for name, share in ranking if name.startswith(ANGRY))
    return Sentiment(label=label, confidence=shares[label], anger=anger)
