"""Brings a knowledge base up to date with its sources: reads only what changed, commits in batches.

Each batch is one atomic commit of the base, and the base itself knows which documents it holds in
which state: after a kill at any point the next sync goes on where the last commit ended.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import knowledge
from knowledge.base import KnowledgeBase, Progress
from knowledge.errors import SourceErrors, Unreadable
from knowledge.sources.source import Document, Source, SourceProblem, content_hash, problems_of
from knowledge.types import Passage

BATCH_PASSAGES: Final = 1_000
"""Of a commit: seconds of embedding, which a kill may cost."""
_LISTING_SHARE, _READING_SHARE = 0.1, 0.4
"""Of the progress told; the last commit has what is left."""
_CODE: Final = ("sources/*.py", "chunks.py", "duplicates.py", "sentences.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What sources and base differ in."""

    new: tuple[Document, ...]
    changed: tuple[Document, ...]
    vanished: tuple[str, ...]
    """Documents of the base that no source has any more."""
    unchanged: int
    problems: tuple[SourceProblem, ...]

    @property
    def is_empty(self) -> bool:
        """Return whether the base is up to date, as far as sources can be read."""
        return not (self.new or self.changed or self.vanished)


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What a sync did; counts are of documents but for `passages`."""

    added: int
    changed: int
    removed: int
    unchanged: int
    passages: int
    """Of added and changed documents."""
    problems: tuple[SourceProblem, ...]
    """Documents that could not be read; what the base held of them stays."""

    @property
    def is_change(self) -> bool:
        """Return whether the base is another one than before."""
        return bool(self.added or self.changed or self.removed)


def plan(
    base: KnowledgeBase,
    sources: Sequence[Source],
    *,
    others: Sequence[Source] = (),
    progress: Progress | None = None,
) -> Plan:
    """Return what has to be done; no document is parsed for it.

    Args:
        base: The knowledge base.
        sources: What is looked at.
        others: Sources that are not looked at this time: their documents stay.
        progress: Told what is being listed.
    """
    held = base.documents()
    found: set[str] = set()
    stale: list[Document] = []
    problems: list[SourceProblem] = []
    hidden: list[Source] = list(others)
    for number, source in enumerate(sources):
        if progress:
            progress(f"looking at {source.name}", _LISTING_SHARE * number / len(sources))
        for item in source.documents():
            if isinstance(item, SourceProblem):
                problems.append(item)
                found.add(item.document)
                hidden += [source] if item.hides_others else []
            elif item.id not in found:  # of overlapping sources the first has it
                found.add(item.id)
                document = _as_read_now(item)
                stale += [document] if document.hash != held.get(document.id) else []
    gone = (name for name in held if name not in found)
    changed = tuple(document for document in stale if document.id in held)
    return Plan(
        new=tuple(document for document in stale if document.id not in held),
        changed=changed,
        vanished=tuple(name for name in gone if not any(one.owns(name) for one in hidden)),
        unchanged=len(found & held.keys()) - len(changed),
        problems=tuple(problems),
    )


def sync(base: KnowledgeBase, todo: Plan, progress: Progress | None = None) -> Synced:
    """Return what was done to bring `base` up to date.

    Args:
        base: The knowledge base; changed in atomic batches.
        todo: What `plan` found.
        progress: Told what is being read and indexed.
    """
    documents = (*todo.new, *todo.changed)
    problems = list(todo.problems)
    batch = _Batch(base)
    passages = 0
    for number, document in enumerate(documents):
        share = _LISTING_SHARE + _READING_SHARE * number / len(documents)
        if progress:
            progress(f"reading {document.id}", share)
        try:
            found = document.read()
        except (Unreadable, SourceErrors) as error:
            problems += problems_of(document.id, error)
            continue
        passages += len(found)
        batch.add(document, found)
        if len(batch) >= BATCH_PASSAGES:
            batch.commit(_within(progress, share, _READING_SHARE / len(documents)))
    read = _LISTING_SHARE + _READING_SHARE
    batch.commit(_within(progress, read, 1 - read), todo.vanished)
    unread = {problem.document for problem in problems}
    return Synced(
        added=sum(document.id not in unread for document in todo.new),
        changed=sum(document.id not in unread for document in todo.changed),
        removed=len(todo.vanished),
        unchanged=todo.unchanged,
        passages=passages,
        problems=tuple(problems),
    )


class _Batch:
    """What the next commit will hold."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base, self._held = base, frozenset(base.documents())
        self._added: list[Passage] = []
        self._gone: set[str] = set()

    def __len__(self) -> int:
        return len(self._added)

    def add(self, document: Document, passages: Sequence[Passage]) -> None:
        """Take in the document as it is now: all its passages, and what it no longer has."""
        now = {
            item.key: replace(item, document=document.id, document_hash=document.hash)
            for item in passages
        }
        self._added += now.values()
        if document.id in self._held:
            before = {item.key for item in self._base.passages(document.id)}
            self._gone |= before - now.keys()

    def commit(self, progress: Progress | None, vanished: Collection[str] = ()) -> None:
        """Change the base at once, if there is anything to change."""
        if self._added or self._gone or vanished:
            self._base.apply(
                added=self._added,
                removed_documents=vanished,
                removed_passages=self._gone,
                progress=progress,
            )
        self._added, self._gone = [], set()


def _within(progress: Progress | None, start: float, share: float) -> Progress | None:
    """Return what reports a step as its share of the whole."""
    if progress is None:
        return None
    return lambda what, done: progress(what, start + share * done)


def _as_read_now(document: Document) -> Document:
    """Return the document with a hash that changes when the code that reads it does."""
    return replace(document, hash=content_hash(document.hash, code_hash()))


@functools.cache
def code_hash() -> str:
    """Return the sha256 over the readers: a new version reads all documents again."""
    folder = Path(knowledge.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _CODE for path in folder.glob(pattern)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
