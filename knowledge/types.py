"""The values of knowledge: documents, passages and hits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Something that can answer: a FAQ entry, or later a part of a document."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found; `score` is a cosine in [-1, 1], `rank` counts from 0."""

    passage: Passage
    score: float
    rank: int
    matched: str
    """The question that matched."""
