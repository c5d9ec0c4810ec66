"""Finds entities with patterns, and decides between entities that overlap."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.ngc.archive import read_json, write_json
from bot.ngc.component import Draft, Labelled
from bot.ngc.pattern import compile_patterns
from bot.project import Project
from bot.types import Entity


def merge(found: Sequence[Entity], more: Iterable[Entity]) -> tuple[Entity, ...]:
    """Return `found` with those of `more` that fit in, in the order of the text.

    - An entity that overlaps nothing is added.
    - Of two with the same name, the longer stays; of equals, the one with a role or group.
    - Of two with different names, the one found earlier stays: patterns come before learnt
      entities and those before times, so that an order number is never read as a time.
    """
    kept = list(found)
    for entity in more:
        rivals = [other for other in kept if _overlap(entity, other)]
        if all(_replaces(entity, other) for other in rivals):
            kept = [other for other in kept if other not in rivals]
            kept.append(entity)
    return in_order(kept)


def in_order(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Return `entities` by their places in the text."""
    return tuple(sorted(entities, key=lambda entity: (entity.start or 0, entity.end or 0)))


def _overlap(left: Entity, right: Entity) -> bool:
    if left.start is None or left.end is None or right.start is None or right.end is None:
        return False
    return left.start < right.end and right.start < left.end


def _replaces(entity: Entity, other: Entity) -> bool:
    if entity.name != other.name:
        return False
    if _length(entity) != _length(other):
        return _length(entity) > _length(other)
    return bool(entity.role or entity.group) and not (other.role or other.group)


def _length(entity: Entity) -> int:
    return (entity.end or 0) - (entity.start or 0)


def entity_names(examples: Sequence[Labelled], project: Project) -> frozenset[str]:
    """Return the entities that the domain or an annotated example names."""
    annotated = {entity.name for labelled in examples for entity in labelled.example.entities}
    return frozenset(annotated | set(project.domain.entities))


class RegexEntityExtractor:
    """Finds the regexes and lookup tables whose name is an entity."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Read Rasa's settings."""
        self._settings = settings
        self._sources: list[tuple[str, str]] = []
        self._patterns: list[tuple[str, re.Pattern[str]]] = []

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Take the patterns and lookup tables of the project."""
        self._sources = compile_patterns(
            project.understanding,
            uses_regexes=bool(self._settings.get("use_regexes", True)),
            uses_lookups=bool(self._settings.get("use_lookup_tables", True)),
            boundaries="latin" if self._settings.get("use_word_boundaries", True) else "none",
            names=entity_names(examples, project),
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
        """Return `draft` with the entities found."""
        found: dict[str, tuple[Entity, ...]] = {}
        for name, pattern in self._patterns:
            found[name] = merge(found.get(name, ()), _matches(name, pattern, draft.text))
        # As in Rasa, one text may be entities of several names: a number and a size.
        kept, new = list(draft.entities), []
        for entity in (one for entities in found.values() for one in entities):
            merged = merge(draft.entities, [entity])
            if entity in merged:
                new.append(entity)
                kept = [other for other in kept if other in merged]
        return replace(draft, entities=in_order((*kept, *new)))

    def _compile(self) -> None:
        flags = 0 if self._settings.get("case_sensitive", False) else re.IGNORECASE
        self._patterns = [(name, re.compile(pattern, flags)) for name, pattern in self._sources]


def _matches(name: str, pattern: re.Pattern[str], text: str) -> list[Entity]:
    return [
        Entity(
            name=name,
            value=match.group(),
            start=match.start(),
            end=match.end(),
            extractor="RegexEntityExtractor",
        )
        for match in pattern.finditer(text)
        if match.group()
    ]
