"""`RelationExtractor`: the step of the pipeline that tells how entities belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bot.ngc import shipped
from bot.ngc.archive import read_json, write_json
from bot.ngc.component import Draft, Labelled
from bot.ngc.entities import merge
from bot.ngc.relations.model import RelationModel
from bot.ngc.relations.pairs import pairs_of, samples_of
from bot.ngc.relations.tagger import EntityTagger
from bot.ngc.relations.train import train_relations
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.sample import NO_RELATION
from bot.project import Project, RelationExample
from bot.types import Entity, Relation
from knowledge.embedder import WordEmbedder
from knowledge.languages import BilingualEmbedder

MAX_CHARS: Final = 500
"""Longer messages are searched only so far."""
_FILE: Final = "extractor.json"
_HEAD: Final = "pairs"


class Extractor:
    """A tagger and a relation model: a text's relations, from nothing but the text."""

    def __init__(self, tagger: EntityTagger, model: RelationModel) -> None:
        """Hold the parts."""
        self._tagger, self._model = tagger, model
        self._types = frozenset(name for types in model.ontology for name in types)

    def find(self, text: str, language: str, known: Sequence[Entity] = ()) -> tuple[Relation, ...]:
        """Return the relations in `text`; entities that are `known` already go first.

        Of those, only what relations are between is looked at.
        """
        text = text[:MAX_CHARS]
        inside = [one for one in known if one.name in self._types and _is_inside(one, text)]
        entities = merge(inside, self._tagger.find(text, language))
        pairs = pairs_of(text, entities, self._model.ontology.keys())
        found = self._model.predict([sample for _, _, sample in pairs])
        return tuple(
            Relation(
                name=one.label,
                head=entities[head],
                tail=entities[tail],
                confidence=one.confidence,
            )
            for (head, tail, _), one in zip(pairs, found, strict=True)
            if one.label != NO_RELATION
        )

    def save(self, folder: Path) -> None:
        """Write both parts."""
        self._tagger.save(folder)
        (folder / _HEAD).mkdir(exist_ok=True)
        self._model.save(folder / _HEAD)

    @classmethod
    def load(cls, folder: Path, words: WordEmbedder | None) -> Extractor:
        """Return what `save` wrote.

        Raises:
            ModelError: a file is missing or damaged.
        """
        tagger = EntityTagger(words)
        tagger.load(folder)
        return cls(tagger, RelationModel.load(folder / _HEAD, words=words))


def train_extractor(examples: Sequence[RelationExample], embedder: BilingualEmbedder) -> Extractor:
    """Return what was learnt from `examples`: their entities, and which of them are related.

    Raises:
        TrainingError: no entities are related.
    """
    tagger = EntityTagger(embedder.words)
    tagger.train(examples)
    lesson = Lesson(task="relations", train=samples_of(examples))
    model = train_relations(lesson, lambda _what, _share: None, words=embedder.words)
    return Extractor(tagger, model)


def _is_inside(entity: Entity, text: str) -> bool:
    return entity.end is not None and entity.end <= len(text)


class RelationExtractor:
    """Knows the shipped examples, or the project's own (`ngc/relations.*.jsonl`)."""

    def __init__(self, settings: Mapping[str, Any], embedder: BilingualEmbedder) -> None:
        """Read `entities`: what the project's entities are among those of relations."""
        self._names = {
            str(own): str(name) for own, name in (settings.get("entities") or {}).items()
        }
        self._embedder = embedder
        self._extractor: Extractor | None = None
        self._is_own = False

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Learn the project's examples of relations, unless the shipped model knows them."""
        relations = project.understanding.relations
        self._is_own = not shipped.is_shipped(shipped.RELATIONS, relations)
        if self._is_own:
            self._extractor = train_extractor(relations, self._embedder)
        else:
            self._extractor = self._load(shipped.FOLDER / shipped.RELATIONS)

    def save(self, folder: Path) -> None:
        """Write the project's model; the shipped one stays where it is."""
        write_json(folder / _FILE, {"is_own": self._is_own})
        if self._is_own and self._extractor is not None:
            self._extractor.save(folder)

    def load(self, folder: Path) -> None:
        """Read the model.

        Raises:
            ModelError: a file is missing or damaged.
        """
        self._is_own = read_json(folder / _FILE)["is_own"]
        self._extractor = self._load(folder if self._is_own else shipped.FOLDER / shipped.RELATIONS)

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with its relations; its entities stay as they are."""
        if self._extractor is None:
            return draft
        known = [
            replace(entity, name=self._names.get(entity.name, entity.name))
            for entity in draft.entities
        ]
        return replace(draft, relations=self._extractor.find(draft.text, draft.language, known))

    def _load(self, folder: Path) -> Extractor:
        return Extractor.load(folder, self._embedder.words)
