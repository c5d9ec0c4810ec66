"""A relation model: features, a linear head, and which relations two types can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from bot.ngc.archive import read_json, write_json
from bot.ngc.grams import GramTable
from bot.ngc.head import Head, read_head, write_head
from bot.ngc.relations.features import RelationFeatures
from bot.ngc.tasks.sample import Prediction, Sample
from knowledge.embedder import WordEmbedder
from knowledge.languages import BilingualEmbedder

Types = tuple[str, str]
"""What the head and the tail are."""


class RelationModel:
    """What `train_relations` returns; a `TaskModel`. Safe to use from several threads."""

    kind: ClassVar[str] = "light-relations"

    def __init__(
        self, features: RelationFeatures, head: Head, ontology: Mapping[Types, frozenset[str]]
    ) -> None:
        """Hold the parts; `ontology` says which labels were taught for which types."""
        self.features, self.head, self.ontology = features, head, ontology

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """Return the relation of the first two spans of each sample.

        Labels that were never taught for the types of head and tail get no chance, unless the
        types are new.
        """
        rankings = [
            self._possible(sample, self.head.rank(row))
            for sample, row in zip(samples, self.features.rows(samples), strict=True)
        ]
        return [
            Prediction(label=ranking[0][0], confidence=ranking[0][1], ranking=ranking)
            for ranking in rankings
        ]

    def _possible(
        self, sample: Sample, ranking: Sequence[tuple[str, float]]
    ) -> tuple[tuple[str, float], ...]:
        head, tail = sample.spans[:2]
        labels = self.ontology.get((head.name, tail.name))
        kept = [(label, share) for label, share in ranking if labels is None or label in labels]
        total = sum(share for _, share in kept)
        return tuple((label, share / total) for label, share in kept)

    def save(self, folder: Path) -> None:
        """Write clues, head and ontology to `folder`."""
        contents = {
            "labels": self.head.labels,
            "knows_words": self.features.words is not None,
            "ontology": [
                [*types, sorted(labels)] for types, labels in sorted(self.ontology.items())
            ],
        }
        write_json(folder / "relations.json", contents)
        write_head(folder / "head.npz", self.head)
        self.features.clues.save(folder)

    @classmethod
    def load(cls, folder: Path, *, words: WordEmbedder | None = None) -> RelationModel:
        """Return the model that `save` wrote; `words` must be what it was trained with.

        Raises:
            ModelError: a file is missing or damaged.
        """
        contents = read_json(folder / "relations.json")
        if contents["knows_words"]:
            words = words or BilingualEmbedder().words
        features = RelationFeatures(
            GramTable.load(folder), words if contents["knows_words"] else None
        )
        head = read_head(folder / "head.npz", contents["labels"])
        ontology = {
            (first, second): frozenset(labels) for first, second, labels in contents["ontology"]
        }
        return cls(features, head, ontology)
