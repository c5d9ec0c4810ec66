"""The model that serves, which can be changed while turns run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.domain import Domain
from bot.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A trained bot, ready to answer."""

    engine: Engine
    domain: Domain
    id: str
    file: Path | None = None
    """The package it was loaded from."""


@dataclass(slots=True)
class Models:
    """Holds the model for the next turn; a turn keeps the one it began with."""

    current: LoadedModel | None
    """None: nothing is loaded, and messages wait in the inbox."""
