"""Rows of tables to passages, whatever the table's format: the names of columns, and their checks.

A row is a question with its answer, which is kept whole, or (column `text`) an article, which is
cut like a document. All mistakes of a table are told at once, each with its place.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from knowledge.chunks import chunk, chunk_id, language_of
from knowledge.errors import SourceError, SourceErrors, Unreadable
from knowledge.sources import fields
from knowledge.sources.article import Article
from knowledge.sources.markdown import markdown_blocks
from knowledge.sources.source import Metadata
from knowledge.types import Passage

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("编号",),
    "question": ("title", "heading", "问题", "标题"),
    "alternatives": ("alternative_questions", "questions", "相似问题", "相似问法"),
    "answer": ("答案", "回答"),
    "text": ("content", "body", "article", "正文", "内容"),
    "language": ("lang", "locale", "语言"),
    "url": ("source", "link", "来源", "链接"),
    "tags": ("标签",),
    "audience": ("受众",),
    "valid_from": ("生效日期",),
    "valid_until": ("失效日期",),
    "approved": ("已审核",),
}
"""Column → other names for it; capitals and spaces do not count."""
NAMES: Final = {
    alias: name for name, aliases in COLUMNS.items() for alias in (name, *aliases)
}  # fmt: skip
YES: Final = frozenset({"yes", "y", "true", "1", "x", "ok", "是", "已审核", "✓", "√"})
_NEARNESS: Final = 0.8
"""Of an unknown name to a known one, from which it is taken for a slip of the pen."""
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, a text, a list or a day, with its place; counts from 1."""

    value: object
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: column → cell; an empty cell may be left out."""

    cells: Mapping[str, Cell]
    line: int
    column: int = 1


def column_names(
    header: Sequence[str], renamed: Mapping[str, str], path: str, line: int = 1
) -> list[str | None]:
    """Return our names of the columns that `header` names, None for those of other programs.

    Args:
        header: The names in the table.
        renamed: Our name → the table's, where the user chose so.
        path: The table, for mistakes.
        line: Of the header.

    Raises:
        SourceErrors: a name is nearly one of ours, or none of them says what a row answers.
    """
    own = {theirs.strip().lower(): name for name, theirs in renamed.items()}
    keys = [str(name or "").strip().lower().replace(" ", "_") for name in header]
    found = [own.get(key.replace("_", " ")) or own.get(key) or NAMES.get(key) for key in keys]
    mistakes = [
        SourceError(
            path, line, number, f"unknown column `{header[number - 1]}`",
            hint=f"did you mean `{near[0]}`?",
        )
        for number, (key, name) in enumerate(zip(keys, found, strict=True), 1)
        if name is None and (near := difflib.get_close_matches(key, NAMES, 1, _NEARNESS))
    ]  # fmt: skip
    if not mistakes and not {"answer", "text"} & set(found):
        hint = "name the columns `question` and `answer`, or `title` and `text`, in the first row"
        mistakes = [SourceError(path, line, 1, "no column holds answers", hint=hint)]
    if mistakes:
        raise SourceErrors(mistakes)
    return found


def passages_of_rows(
    rows: Iterable[Row], document: str, defaults: Metadata = Metadata()
) -> tuple[Passage, ...]:
    """Return the passages of a table; rows whose column `approved` says no are left out.

    Args:
        rows: In the order of the table; their columns have our names.
        document: The table's id.
        defaults: What holds where a row says nothing.

    Raises:
        SourceErrors: everything that is wrong with the rows.
    """
    reader = _Reader(document, defaults)
    passages = [passage for row in rows for passage in reader.passages(row)]
    if reader.mistakes:
        raise SourceErrors(sorted(reader.mistakes, key=lambda one: (one.line, one.column)))
    if not reader.rows:
        hint = "add at least one question"
        raise SourceErrors([SourceError(document, 1, 1, "the table is empty", hint=hint)])
    return tuple(passages)


class _Reader:
    """Turns rows into passages, and notes every mistake on the way."""

    def __init__(self, document: str, defaults: Metadata) -> None:
        self.mistakes: list[SourceError] = []
        self.rows = 0
        self._document, self._defaults = document, defaults
        self._lines: dict[tuple[str, str], int] = {}
        """(language, id) → the line of the row that has it."""

    def passages(self, row: Row) -> Iterator[Passage]:
        if not any(_is_filled(cell) for cell in row.cells.values()):
            return
        self.rows += 1
        before = len(self.mistakes)
        metadata = self._facts(row)
        question = self._text(row, "question")
        is_article = "answer" not in row.cells and "text" in row.cells
        text = self._text(row, "text" if is_article else "answer")
        key = self._value(row, "id", fields.text, "")
        alternatives = self._value(row, "alternatives", _questions, ())
        approved = self._value(row, "approved", fields.text, "yes")
        if len(self.mistakes) > before or (
            "approved" in row.cells and str(approved).lower() not in YES
        ):
            return
        if is_article:
            titled = replace(metadata, title=question)
            article = Article(metadata=titled, blocks=tuple(markdown_blocks(text)))
            yield from chunk(article, self._document)
            return
        language = metadata.language or language_of(f"{question}\n{text}")
        yield Passage(
            id=self._id(row, key, language, question, text),
            language=language,
            title=question,
            text=text,
            source=metadata.url,
            questions=alternatives,
            tags=metadata.tags,
            document=self._document,
            audience=metadata.audience,
            valid_from=metadata.valid_from,
            valid_until=metadata.valid_until,
        )

    def _id(self, row: Row, key: str, language: str, question: str, text: str) -> str:
        """Return the id of a row, unique within its language."""
        if not key:
            return chunk_id(self._document, question, text)
        first = self._lines.setdefault((language, key), row.line)
        if first != row.line:
            problem = f"the id `{key}` is used twice in language `{language}`"
            self._note(row, "", problem, f"it is also used in line {first}")
        return f"{self._document}#{key}"

    def _facts(self, row: Row) -> Metadata:
        stated = Metadata(
            url=self._value(row, "url", lambda *given: fields.url(fields.text(*given)), ""),
            language=self._value(
                row, "language", lambda *given: fields.language(fields.text(*given)), None
            ),
            tags=self._value(row, "tags", fields.texts, ()),
            audience=self._value(row, "audience", fields.texts, ()),
            valid_from=self._value(row, "valid_from", fields.day, None),
            valid_until=self._value(row, "valid_until", fields.day, None),
        )
        first, last = stated.valid_from, stated.valid_until
        if first and last and last < first:
            self._note(row, "valid_until", f"`valid_until` {last} is before `valid_from` {first}")
        return stated.over(self._defaults)

    def _text(self, row: Row, name: str) -> str:
        """Return a text that a row must have."""
        text = self._value(row, name, fields.text, None)
        if text == "" and name in row.cells:
            self._note(row, name, f"`{name}` is empty", "write a text, or remove the entry")
        elif text == "":
            self._note(row, name, f"the entry has no `{name}`", f"add `{name}`")
        return text or ""

    def _value(
        self, row: Row, name: str, read: Callable[[Mapping[str, object], str], _Value],
        otherwise: _Value,
    ) -> _Value:  # fmt: skip
        """Return what `read` finds in a cell, `otherwise` after noting why it cannot."""
        cell = row.cells.get(name)
        try:
            return read({name: cell.value if cell else None}, name)
        except Unreadable as error:
            self._note(row, name, error.problem, error.hint)
            return otherwise

    def _note(self, row: Row, name: str, problem: str, hint: str = "") -> None:
        cell = row.cells.get(name)
        line, column = (cell.line, cell.column) if cell else (row.line, row.column)
        self.mistakes.append(SourceError(self._document, line, column, problem, hint=hint))


def _questions(row: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Return alternative questions: a list, or the lines (or parts between bars) of a text."""
    value = row.get(name)
    if isinstance(value, str):
        return tuple(part.strip() for part in value.replace("|", "\n").split("\n") if part.strip())
    return fields.texts(row, name)


def _is_filled(cell: Cell) -> bool:
    return cell.value is not None and cell.value != "" and cell.value != ()
