"""The values of knowledge: documents, passages and hits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Something that can answer: a FAQ entry, or a part of a document."""

    id: str
    """Unique within a language."""
    language: str
    title: str
    """The question, or the heading."""
    text: str
    """The answer, Markdown."""
    source: str
    """URL of where it is published."""
    questions: tuple[str, ...] = ()
    """Alternative questions; searched like the title."""
    tags: tuple[str, ...] = ()
    document: str = ""
    """Id of the document it is a part of: what `sync` adds, replaces and removes as a whole."""
    document_hash: str = ""
    """Of the document's contents when it was read; another hash means that it changed."""
    headings: tuple[str, ...] = ()
    """The headings above it, outermost first, without its own title."""
    audience: tuple[str, ...] = ()
    """Who may see it; empty means everyone."""
    valid_from: date | None = None
    valid_until: date | None = None
    """The last day on which it holds."""

    @property
    def key(self) -> str:
        """What names it in a base: the same entry may be there in several languages."""
        return f"{self.language}/{self.id}"

    @property
    def facts(self) -> Facts:
        """What `Filters` look at."""
        return Facts(self.language, self.tags, self.audience, self.valid_from, self.valid_until)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it; `from_dict` reads it back."""
        days = {"valid_from": self.valid_from, "valid_until": self.valid_until}
        return {**asdict(self), **{key: day and day.isoformat() for key, day in days.items()}}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Passage:
        """Return the passage that `to_dict` wrote.

        Raises:
            TypeError: a key is missing or unknown.
            ValueError: a day is not an ISO date.
        """
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()
        }
        for key in ("valid_from", "valid_until"):
            values[key] = date.fromisoformat(values[key]) if values.get(key) else None
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether a passage may be shown; many passages share the same ones."""

    language: str
    tags: tuple[str, ...]
    audience: tuple[str, ...]
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which passages are wanted. Without arguments: what everyone may see today."""

    tags: tuple[str, ...] = ()
    """One of these; empty for any."""
    languages: tuple[str, ...] = ()
    """In one of these; empty for any."""
    audience: tuple[str, ...] = ()
    """Who asks: passages for one of these are admitted, beside those for everyone."""
    on: date | None = None
    """The day on which it must hold; by default today (UTC)."""

    @property
    def day(self) -> date:
        """The day on which a passage must hold."""
        return self.on or datetime.now(UTC).date()

    def admit(self, facts: Facts) -> bool:
        """Return whether passages with these facts are wanted."""
        day = self.day
        return (
            (not self.tags or not set(self.tags).isdisjoint(facts.tags))
            and (not self.languages or facts.language in self.languages)
            and (not facts.audience or not set(self.audience).isdisjoint(facts.audience))
            and (facts.valid_from is None or facts.valid_from <= day)
            and (facts.valid_until is None or day <= facts.valid_until)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found; `score` is a cosine in [-1, 1], `rank` counts from 0."""

    passage: Passage
    score: float
    rank: int
    matched: str
    """The question that matched."""
    probability: float | None = None
    """Calibrated, in [0, 1]: that this passage answers the question. None where nothing told."""
