"""What is compared: how question and passage relate, and the numbers that speak for a passage."""

from __future__ import annotations

from typing import Final, Literal

from knowledge.languages import ENGLISH

Relation = Literal["english", "multilingual", "across"]
"""Of question and passage: both English; both in the same other language; in different ones."""
MULTILINGUAL: Final = "multilingual"
"""The vector space of all languages; English has its own, better one beside it."""
SIGNALS: Final = (
    "question_cosine",
    "questions_cosine",
    "text_cosine",
    "question_bm25",
    "question_coverage",
    "text_bm25",
    "text_coverage",
)
"""What speaks for a passage: its best question, the mean of its questions, and its text; by
meaning, and by words."""


def relation_of(asked: str, written: str) -> Relation:
    """Return how a question in one language relates to a passage in the same or another one."""
    if asked != written:
        return "across"
    return "english" if asked == ENGLISH else "multilingual"


def space_of(relation: Relation) -> str:
    """Return the vector space in which the two are compared."""
    return ENGLISH if relation == "english" else MULTILINGUAL


def spaces_of(language: str) -> tuple[str, ...]:
    """Return the vector spaces that hold the rows of a language; the first one serves it best."""
    return (ENGLISH, MULTILINGUAL) if language == ENGLISH else (MULTILINGUAL,)
