"""The contract of sources: what a place with documents gives, and what it says of those it cannot.

A source lists its documents with the hash of their contents, and reads one only when asked: what
did not change is never parsed. A document that cannot be read is reported, and the rest goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from knowledge.errors import SourceErrors, Unreadable
from knowledge.types import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What is known of a text besides its words."""

    title: str = ""
    url: str = ""
    """Where it is published."""
    language: str | None = None
    """Primary tag such as `en`; None: told from the words."""
    tags: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    """Who may see it; empty means everyone."""
    valid_from: date | None = None
    valid_until: date | None = None
    """The last day on which it holds."""

    def over(self, other: Metadata) -> Metadata:
        """Return this, with what `other` says where this says nothing; the tags of both."""
        return replace(
            self,
            title=self.title or other.title,
            url=self.url or other.url,
            language=self.language or other.language,
            tags=tuple(dict.fromkeys((*self.tags, *other.tags))),
            audience=self.audience or other.audience,
            valid_from=self.valid_from or other.valid_from,
            valid_until=self.valid_until or other.valid_until,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Something a source has: a file, a page, the result of a query."""

    id: str
    """Unique over all sources of a base: a path from the project's folder, a URL."""
    hash: str
    """Of its contents and of the settings that it is read with."""
    read: Callable[[], tuple[Passage, ...]]
    """Returns its passages; raises `Unreadable` or `SourceErrors`, and then none of them counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProblem:
    """Why a document could not be read, for people."""

    document: str
    problem: str
    hint: str = ""
    line: int = 0
    """From 1; 0 where there are no lines."""
    column: int = 0
    hides_others: bool = False
    """Whether documents may exist that were not found because of it: none of the source's is
    then taken for vanished."""

    def __str__(self) -> str:
        """Return `document[:line:column]: problem; hint`."""
        place = f"{self.document}:{self.line}:{self.column}" if self.line else self.document
        text = f"{place}: {self.problem}"
        return f"{text}; {self.hint}" if self.hint else text


class Source(Protocol):
    """A place with documents."""

    @property
    def name(self) -> str:
        """What people call it: its path or address."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether listing it takes milliseconds: no network, no database."""
        ...

    def documents(self) -> Iterator[Document | SourceProblem]:
        """Iterate over what is there now."""
        ...

    def owns(self, document: str) -> bool:
        """Return whether a document of this id would come from here."""
        ...


def problems_of(document: str, error: Unreadable | SourceErrors) -> Iterator[SourceProblem]:
    """Iterate over what `error` says of a document."""
    if isinstance(error, Unreadable):
        yield SourceProblem(document=document, problem=error.problem, hint=error.hint)
        return
    for one in error.mistakes:
        yield SourceProblem(
            document=document, problem=one.problem, hint=one.hint, line=one.line, column=one.column
        )


def content_hash(*parts: object) -> str:
    """Return 32 hex digits that tell apart contents (bytes) and settings (anything with a repr)."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()
