"""Replaces the values of entities by the one word that the project uses for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.ngc.archive import read_json, write_json
from bot.ngc.component import Draft, Labelled
from bot.project import Project
from bot.types import Entity

NAME: Final = "EntitySynonymMapper"


class EntitySynonymMapper:
    """Looks up each value in lower case."""

    def __init__(self) -> None:
        """Know no synonyms yet."""
        self._synonyms: dict[str, str] = {}

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Take the synonyms of the project, and the value of each annotated text.

        A text that is its own value is one too, as in Rasa: "rome" then becomes "Rome".
        """
        annotated = {
            surface.lower(): str(entity.value)
            for labelled in examples
            for entity in labelled.example.entities
            if (surface := labelled.example.text[entity.start : entity.end])
            and entity.value is not None
        }
        written = {text.lower(): value for text, value in project.understanding.synonyms.items()}
        self._synonyms = annotated | written

    def save(self, folder: Path) -> None:
        """Write the synonyms."""
        write_json(folder / "synonyms.json", self._synonyms)

    def load(self, folder: Path) -> None:
        """Read the synonyms."""
        self._synonyms = dict(read_json(folder / "synonyms.json"))

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with the values replaced."""
        return replace(draft, entities=tuple(map(self._map, draft.entities)))

    def _map(self, entity: Entity) -> Entity:
        value = self._synonyms.get(str(entity.value).lower())
        if value is None:
            return entity
        return replace(entity, value=value, processors=(*entity.processors, NAME))
