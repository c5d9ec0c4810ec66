"""Tables in JSON: an object per line, or a list of objects, which may stand under `faq`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from knowledge.errors import SourceError, SourceErrors
from knowledge.sources.rows import Cell, Row, column_names

_BEFORE_LIST: Final = re.compile(r'\s*(?:\{\s*"faq"\s*:\s*)?\[')
_BETWEEN: Final = re.compile(r"[\s,]*")
_DECODER: Final = json.JSONDecoder()


def json_rows(text: str, document: str, renamed: Mapping[str, str]) -> Iterator[Row]:
    """Iterate over the objects of a table.

    Args:
        text: The file.
        document: Names it in mistakes.
        renamed: Our name of a column → the table's.

    Raises:
        SourceErrors: it is no JSON, or the names of an object are not understood.
    """
    known: dict[tuple[str, ...], list[str | None]] = {}
    for line, column, value in _objects(text, document):
        if not isinstance(value, dict):
            hint = 'write {"question": "…", "answer": "…"}'
            problem = "an entry must be an object"
            raise SourceErrors([SourceError(document, line, column, problem, hint=hint)])
        keys = tuple(value)
        if keys not in known:
            known[keys] = column_names(keys, renamed, document, line)
        cells = zip(known[keys], value.values(), strict=True)
        yield Row({name: Cell(cell, line, column) for name, cell in cells if name}, line, column)


def _objects(text: str, document: str) -> Iterator[tuple[int, int, Any]]:
    """Iterate over line, column and value of each entry.

    Raises:
        SourceErrors: it is no JSON.
    """
    opening = _BEFORE_LIST.match(text)
    position = opening.end() if opening else 0
    line, counted = 1, 0
    while True:
        position = _BETWEEN.match(text, position).end()  # type: ignore[union-attr] - always matches
        line, counted = line + text.count("\n", counted, position), position
        if position >= len(text) or (opening and text[position] == "]"):
            break
        column = position - text.rfind("\n", 0, position)
        try:
            value, position = _DECODER.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise _mistake(document, error.lineno, error.colno, error.msg) from error
        except (RecursionError, ValueError) as error:  # too deep, or a number of too many digits
            raise _mistake(document, line, column, str(error)) from error
        yield line, column, value
    if opening and position >= len(text):
        raise _mistake(document, line, 1, "the list has no end")


def _mistake(document: str, line: int, column: int, problem: str) -> SourceErrors:
    return SourceErrors([SourceError(document, line, column, f"is not JSON: {problem}")])
