"""The light trainer of sentiment: frozen embeddings, weighted n-grams and one linear head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.errors import TrainingError
from bot.ngc.grams import GramTable
from bot.ngc.head import fit, full_space_of
from bot.ngc.sentiment.features import SentimentFeatures, grams_of
from bot.ngc.sentiment.lexicon import Lexicon
from bot.ngc.sentiment.model import SentimentModel
from bot.ngc.tasks.model import Lesson, Progress
from bot.ngc.tasks.sample import Sample
from knowledge.languages import BilingualEmbedder

INVERSE_REGULARISATION: Final = 10.0
TOLERANCE: Final = 1e-4
"""With thousands of weak features a fit that ends earlier loses accuracy."""
MAX_EMBEDDED: Final = 20_000
"""Of more texts the n-grams know nearly as much: embeddings of 62,774 reviews took four minutes and
gained 0.2 points."""


def train_sentiment(
    lesson: Lesson, progress: Progress, *, embedder: BilingualEmbedder | None = None
) -> SentimentModel:
    """Return what was learnt from the labels of `lesson.train`.

    `lesson.valid` is not looked at: regularisation is fixed, and confidences are calibrated by
    cross-validation.

    Raises:
        TrainingError: there are fewer than two labels.
    """
    samples = [sample for sample in lesson.train if sample.label]
    labels = [sample.label for sample in samples]
    if len(set(labels)) < 2:
        raise TrainingError("sentiment needs texts with at least two different labels")
    return _fitted(samples, labels, progress, embedder or BilingualEmbedder())


def _fitted(
    samples: Sequence[Sample],
    labels: Sequence[str],
    progress: Progress,
    embedder: BilingualEmbedder,
) -> SentimentModel:
    texts = [sample.text for sample in samples]
    progress("weighing n-grams", 0.0)
    grams = GramTable.learn([grams_of(text) for text in texts], labels)
    features = SentimentFeatures(
        grams, embedder=embedder, lexicon=Lexicon(), embeds=len(texts) <= MAX_EMBEDDED
    )
    progress("reading texts", 0.2)
    rows = features.rows(texts)
    progress("fitting", 0.6)
    head = fit(
        full_space_of(rows),
        labels,
        [1.0] * len(rows),
        inverse_regularisation=INVERSE_REGULARISATION,
        tolerance=TOLERANCE,
    )
    progress("trained", 1.0)
    return SentimentModel(features, head)
