"""Tables in CSV: with commas, semicolons or tabs, as spreadsheets write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Final

from knowledge.errors import SourceError, SourceErrors
from knowledge.sources.rows import Cell, Row, column_names

_DELIMITERS: Final = ",;\t"
_MAX_CELL_CHARS: Final = 1_000_000


def delimiter_of(text: str) -> str:
    """Return what parts the cells of a table: of comma, semicolon and tab the header's most."""
    header = text.lstrip("\r\n").partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def csv_rows(text: str, document: str, renamed: Mapping[str, str]) -> Iterator[Row]:
    """Iterate over the rows below the header.

    Args:
        text: The table.
        document: Names it in mistakes.
        renamed: Our name of a column → the table's.

    Raises:
        SourceErrors: it is no CSV, or its header is not understood.
    """
    csv.field_size_limit(_MAX_CELL_CHARS)
    delimiter = delimiter_of(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str | None] = []
    start = 1
    try:
        for cells in lines:
            line, start = start, lines.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = column_names(cells, renamed, document, line)
                continue
            if len(cells) > len(names):
                problem = f"has {len(cells)} cells, the header {len(names)}"
                hint = f"put a text that holds `{delimiter}` into double quotes"
                raise SourceErrors([SourceError(document, line, 1, problem, hint=hint)])
            yield Row(
                {
                    name: Cell(cell, line, number)
                    for number, (name, cell) in enumerate(zip(names, cells, strict=False), 1)
                    if name
                },
                line,
            )
    except csv.Error as error:
        problem = f"is not CSV: {error}"
        raise SourceErrors([SourceError(document, lines.line_num, 1, problem)]) from error
