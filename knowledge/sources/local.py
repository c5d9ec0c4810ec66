"""The sources on this machine: folders of texts, and tables of questions."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from knowledge.chunks import chunk
from knowledge.errors import SourceError, SourceErrors, Unreadable
from knowledge.sources.article import Article
from knowledge.sources.decoding import decode
from knowledge.sources.files import MAX_BYTES, document_id, files_below, read_file
from knowledge.sources.source import Document, Metadata, SourceProblem, content_hash
from knowledge.types import Passage

TEXT_READERS: Final[Mapping[str, str]] = {
    ".md": "knowledge.sources.markdown:read_markdown",
    ".markdown": "knowledge.sources.markdown:read_markdown",
    ".html": "knowledge.sources.html:read_html",
    ".htm": "knowledge.sources.html:read_html",
    ".pdf": "knowledge.sources.pdf:read_pdf",
    ".docx": "knowledge.sources.docx:read_docx",
    ".txt": "knowledge.sources.plain:read_plain",
}
"""Suffix → `module:function` of its reader, which is imported when a file needs it: a server that
finds nothing changed loads none of the parsers."""
TABLE_SUFFIXES: Final = (".yml", ".yaml", ".csv", ".tsv", ".xlsx", ".json", ".jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSource:
    """A folder of texts, or a single one: Markdown, HTML, PDF, DOCX and plain text."""

    path: Path
    project: Path
    """The folder that documents are named from."""
    metadata: Metadata = Metadata()
    """What holds where a document says nothing."""
    patterns: tuple[str, ...] = ()
    """Such as `*.md`; empty: all texts."""
    url: str = ""
    """Where they are published; `{path}` is a file's path from the folder, `{name}` the same
    without suffix."""
    max_bytes: int = MAX_BYTES
    is_local: bool = field(default=True, init=False)

    @property
    def name(self) -> str:
        """The path, from the project's folder."""
        return document_id(self.path, self.project)

    def owns(self, document: str) -> bool:
        """Return whether the document lies in the folder, or is the file."""
        return self.name == "." or document == self.name or document.startswith(f"{self.name}/")

    def documents(self) -> Iterator[Document | SourceProblem]:
        """Iterate over the texts in the order of their paths."""
        if not self.path.exists():
            yield _missing(self.name)
            return
        suffixes = frozenset(TEXT_READERS)
        if self.path.is_dir():
            found = files_below(self.path, self.project, self.patterns, suffixes)
        elif self.path.suffix.lower() in suffixes:
            found = iter([(self.name, self.path)])
        else:
            known = f"known: {', '.join(TEXT_READERS)}"
            found = iter([SourceProblem(document=self.name, problem="is no text", hint=known)])
        for item in found:
            yield item if isinstance(item, SourceProblem) else self._document(*item)

    def _document(self, name: str, path: Path) -> Document | SourceProblem:
        try:
            data = read_file(path, self.max_bytes)
        except Unreadable as error:
            return SourceProblem(document=name, problem=error.problem, hint=error.hint)
        return Document(
            id=name,
            hash=content_hash(data, self.metadata, self.url),
            read=lambda: self._passages(path, name),
        )

    def _passages(self, path: Path, name: str) -> tuple[Passage, ...]:
        reader = _function(TEXT_READERS[path.suffix.lower()])
        article: Article = reader(read_file(path, self.max_bytes), name)
        root = self.path if self.path.is_dir() else self.path.parent
        relative = path.relative_to(root)
        url = self.url.replace("{path}", relative.as_posix())
        url = url.replace("{name}", relative.with_suffix("").as_posix())
        metadata = article.metadata.over(self.metadata).over(Metadata(url=url))
        passages = chunk(Article(metadata=metadata, blocks=article.blocks), name)
        if not passages:
            raise Unreadable("holds no text")
        return passages


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSource:
    """A table of questions and answers: YAML, CSV, XLSX, JSON or JSON lines."""

    path: Path
    project: Path
    metadata: Metadata = Metadata()
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    """Our name of a column → the table's."""
    max_bytes: int = MAX_BYTES
    is_local: bool = field(default=True, init=False)

    @property
    def name(self) -> str:
        """The path, from the project's folder."""
        return document_id(self.path, self.project)

    def owns(self, document: str) -> bool:
        """Return whether the document is the table."""
        return document == self.name

    def documents(self) -> Iterator[Document | SourceProblem]:
        """Iterate over the one document: the table."""
        if not self.path.exists():
            yield _missing(self.name)
            return
        try:
            data = read_file(self.path, self.max_bytes)
        except Unreadable as error:
            yield SourceProblem(document=self.name, problem=error.problem, hint=error.hint)
            return
        key = content_hash(data, self.metadata, sorted(self.columns.items()))
        yield Document(id=self.name, hash=key, read=self.passages)

    def passages(self) -> tuple[Passage, ...]:
        """Return the passages of the table as it is now.

        Raises:
            Unreadable: it cannot be read at all.
            SourceErrors: everything that is wrong with it.
        """
        data = read_file(self.path, self.max_bytes)
        suffix = self.path.suffix.lower()
        if suffix in (".yml", ".yaml"):
            from knowledge.sources.faq_yaml import parse_faq

            return parse_faq(decode(data), self.name, self.metadata)
        from knowledge.sources.rows import passages_of_rows

        match suffix:
            case ".xlsx":
                from knowledge.sources.xlsx_table import xlsx_rows

                rows = xlsx_rows(data, self.name, self.columns)
            case ".csv" | ".tsv":
                from knowledge.sources.csv_table import csv_rows

                rows = csv_rows(decode(data), self.name, self.columns)
            case ".json" | ".jsonl":
                from knowledge.sources.json_table import json_rows

                rows = json_rows(decode(data), self.name, self.columns)
            case _:
                raise Unreadable("is no table", hint=f"known: {', '.join(TABLE_SUFFIXES)}")
        return passages_of_rows(rows, self.name, self.metadata)


def mistakes_of(source: TableSource) -> tuple[SourceError, ...]:
    """Return everything that is wrong with a table; none if it can be read."""
    try:
        source.passages()
    except SourceErrors as errors:
        return errors.mistakes
    except Unreadable as error:
        return (SourceError(source.name, 1, 1, error.problem, hint=error.hint),)
    return ()


def _missing(name: str) -> SourceProblem:
    hint = "check the path in config.yml"
    return SourceProblem(document=name, problem="does not exist", hint=hint, hides_others=True)


def _function(target: str) -> Callable[[bytes, str], Article]:
    module, _, function = target.partition(":")
    return getattr(importlib.import_module(module), function)
