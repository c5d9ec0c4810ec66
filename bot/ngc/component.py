"""The contract of the parts of understanding, and the draft that they pass on.

A component is trained on labelled drafts, saved to a folder of its own, and then turns drafts
into better ones. It keeps nothing of a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.project import Example, Project
from bot.types import Entity, Intent, Relation, Sentiment

MAX_CHARS: Final = 2_000
"""What is read of a text; longer messages are cut so that nobody can occupy a worker."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word (or a Han character) of a text; `start` and `end` (exclusive) count code points."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Features:
    """A sparse row: what one featurizer found in one text."""

    columns: NDArray[np.int64]
    """int64 [n], ascending within a block, below `width`."""
    values: NDArray[np.float32]
    """float32 [n]."""
    width: int
    """Number of columns of the featurizer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A reading in the making."""

    text: str
    """At most `MAX_CHARS` of the message."""
    language: str
    space: str
    """The language whose examples read this text; differs from `language` if that has none."""
    tokens: tuple[Token, ...] = ()
    features: tuple[Features, ...] = ()
    """One per featurizer that ran, in the order of the pipeline."""
    intent: Intent | None = None
    ranking: tuple[Intent, ...] = ()
    """Of the last classifier that ranks; a keyword's intent has none, as in Rasa."""
    entities: tuple[Entity, ...] = ()
    sentiment: Sentiment | None = None
    relations: tuple[Relation, ...] = ()
    response_selector: dict[str, Any] = field(default_factory=dict)
    """As on the wire (Rasa's parse result)."""

    def with_features(self, features: Features) -> Draft:
        """Return this draft with one more block of features."""
        return replace(self, features=(*self.features, features))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A training example on its way through the pipeline."""

    draft: Draft
    example: Example


class Component(Protocol):
    """One step of understanding."""

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Learn from `examples`, whose drafts hold what the earlier steps found.

        Raises:
            TrainingError: the examples do not allow it.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write what was learnt to `folder`, which exists and is empty; JSON and arrays only."""
        ...

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            ModelError: a file is missing or damaged.
        """
        ...

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with what this step finds; safe to call from several threads."""
        ...


class Untrained:
    """What a step without anything to learn answers to `train`, `save` and `load`."""

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Learn nothing."""

    def save(self, folder: Path) -> None:
        """Write nothing."""

    def load(self, folder: Path) -> None:
        """Read nothing."""
