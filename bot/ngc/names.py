"""Does the work of spaCy's entity extractor without spaCy: persons, times and amounts.

What else a project annotates (places, organisations) is learnt from its examples by
`CRFEntityExtractor`, which this step runs for the dimensions asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bot.ngc.component import Draft, Labelled
from bot.ngc.crf import CRFEntityExtractor
from bot.ngc.duckling import DucklingEntityExtractor
from bot.ngc.entities import merge
from bot.project import Project
from bot.types import Entity

NAME: Final = "SpacyEntityExtractor"
PERSON: Final = "PERSON"
PARSED: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("DATE", "TIME"),
    "amount-of-money": ("MONEY",),
    "number": ("CARDINAL",),
}
"""Dimension of the parser → spaCy's names for it."""
_NAME_WORD: Final = r"[A-Z][\w'’\-]+"
# How people introduce themselves or name another person, in any case of the first words.
_CUE: Final = (
    r"\b(?i:my name is|my name's|name is|i am called|call me|this is|i'm|i am|i’m|"
    r"(?:speak|talk|write|send (?:it|this|money)|pay) (?:to|with)|call|tell|remind|"
    r"mr\.?|mrs\.?|ms\.?|miss|dr\.?|prof\.?)\s+"
)
_ENGLISH: Final = re.compile(rf"{_CUE}(?P<name>{_NAME_WORD}(?:\s+{_NAME_WORD}){{0,2}})")
_SURE_ENGLISH: Final = re.compile(
    r"\b(?i:my name is|my name's|call me|i am called)\s+(?P<name>(?!not\b|the\b|a\b)[^\W\d_]{2,})"
)
_CHINESE: Final = re.compile(
    r"(?:我叫|我是|叫我|名字是|联系人是?)(?P<name>[\u4e00-\u9fff]{2,3})(?=$|[，。,.!！\s])"
)


class PersonEntityExtractor:
    """Finds persons by how they are introduced, and what the project's examples teach."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Read Rasa's `dimensions`; without it all are wanted."""
        given = settings.get("dimensions")
        self._wanted = None if given is None else frozenset(str(one) for one in given)
        parsed = [kind for kind, names in PARSED.items() if any(map(self._is_wanted, names))]
        self._parser = DucklingEntityExtractor({"dimensions": parsed}) if parsed else None
        self._learnt = CRFEntityExtractor({}, name=NAME)

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Learn the annotated entities that are among the dimensions."""
        self._learnt.train([self._own(labelled) for labelled in examples], project)

    def save(self, folder: Path) -> None:
        """Write what was learnt."""
        self._learnt.save(folder)

    def load(self, folder: Path) -> None:
        """Read what was learnt."""
        self._learnt.load(folder)

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with the entities found."""
        draft = self._learnt.process(draft)
        if self._is_wanted(PERSON):
            draft = replace(draft, entities=merge(draft.entities, _persons(draft.text)))
        if self._parser is None:
            return draft
        found = self._parser.process(replace(draft, entities=())).entities
        return replace(draft, entities=merge(draft.entities, map(self._renamed, found)))

    def _is_wanted(self, name: str) -> bool:
        return self._wanted is None or name in self._wanted

    def _own(self, labelled: Labelled) -> Labelled:
        example = labelled.example
        kept = tuple(one for one in example.entities if self._is_wanted(one.name))
        return replace(labelled, example=replace(example, entities=kept))

    def _renamed(self, entity: Entity) -> Entity:
        """Return a found time or amount as spaCy gives it: its text, under spaCy's name."""
        names = [name for name in PARSED[entity.name] if self._is_wanted(name)]
        text = entity.extra.get("text", entity.value)
        return replace(entity, name=names[0], value=text, extractor=NAME, extra={})


def _persons(text: str) -> list[Entity]:
    matches = [
        match for pattern in (_ENGLISH, _SURE_ENGLISH, _CHINESE) for match in pattern.finditer(text)
    ]
    return [
        Entity(
            name=PERSON,
            value=match["name"],
            start=match.start("name"),
            end=match.end("name"),
            extractor=NAME,
        )
        for match in matches
    ]
