"""The light trainer of relations: weighted clues, word vectors and one linear head."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from bot.errors import TrainingError
from bot.ngc.grams import GramTable
from bot.ngc.head import fit, full_space_of
from bot.ngc.relations.clues import clues_of
from bot.ngc.relations.features import RelationFeatures
from bot.ngc.relations.model import RelationModel, Types
from bot.ngc.tasks.model import Lesson, Progress
from bot.ngc.tasks.sample import Sample
from knowledge.embedder import WordEmbedder
from knowledge.languages import BilingualEmbedder

INVERSE_REGULARISATION: Final = 30.0
TOLERANCE: Final = 1e-4
"""With thousands of weak features a fit that ends earlier loses accuracy."""
FEW_TYPES: Final = 2
"""With so few types of entities, the types say nothing, and what the words mean has to. Where they
do say something, word vectors cost a point (our own data, five folds)."""


def train_relations(
    lesson: Lesson, progress: Progress, *, words: WordEmbedder | None = None
) -> RelationModel:
    """Return what was learnt from the labels of `lesson.train`.

    `lesson.valid` is not looked at: regularisation is fixed, and confidences are calibrated by
    cross-validation.

    Raises:
        TrainingError: there are fewer than two labels, or a text without head and tail.
    """
    samples = [sample for sample in lesson.train if sample.label]
    for sample in samples:
        if len(sample.spans) < 2:
            raise TrainingError(
                f"line {sample.line}: a relation needs a head and a tail; mark both"
            )
    labels = [sample.label for sample in samples]
    if len(set(labels)) < 2:
        raise TrainingError("relations need texts with at least two different labels")
    progress("weighing clues", 0.0)
    clues = GramTable.learn([clues_of(sample) for sample in samples], labels)
    types = {span.name for sample in samples for span in sample.spans}
    words = None if len(types) > FEW_TYPES else words or BilingualEmbedder().words
    features = RelationFeatures(clues, words)
    progress("fitting", 0.3)
    rows = features.rows(samples)
    head = fit(
        full_space_of(rows),
        labels,
        [1.0] * len(rows),
        inverse_regularisation=INVERSE_REGULARISATION,
        tolerance=TOLERANCE,
        texts=[sample.text for sample in samples],
    )
    progress("trained", 1.0)
    return RelationModel(features, head, _ontology(samples))


def _ontology(samples: Sequence[Sample]) -> dict[Types, frozenset[str]]:
    """Return the labels of each pair of types of head and tail."""
    found: defaultdict[Types, set[str]] = defaultdict(set)
    for sample in samples:
        head, tail = sample.spans[:2]
        found[head.name, tail.name].add(sample.label)
    return {types: frozenset(labels) for types, labels in found.items()}
