"""Tables in XLSX: every sheet whose first row names columns that we know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import openpyxl
from lxml.etree import XMLSyntaxError
from openpyxl.utils.exceptions import InvalidFileException

from knowledge.errors import SourceErrors, Unreadable
from knowledge.sources.archives import open_archive
from knowledge.sources.rows import Cell, Row, column_names

MAX_COLUMNS: Final = 64
MAX_ROWS: Final = 200_000
_BROKEN: Final = (
    BadZipFile, InvalidFileException, XMLSyntaxError, ParseError, KeyError, ValueError, TypeError,
    AttributeError, IndexError, OSError,
)  # fmt: skip
"""What openpyxl raises for files that are not what they claim."""


def xlsx_rows(data: bytes, document: str, renamed: Mapping[str, str]) -> Iterator[Row]:
    """Iterate over the rows below the headers of all sheets.

    Args:
        data: The workbook.
        document: Names it in mistakes.
        renamed: Our name of a column → the table's.

    Raises:
        Unreadable: it is encrypted, broken, or unpacks to too much.
        SourceErrors: no sheet has a header that is understood.
    """
    file = open_archive(data, "Excel workbook")
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        sheets = [
            list(islice(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), MAX_ROWS))
            for sheet in book.worksheets
        ]
        book.close()
    except _BROKEN as error:
        raise Unreadable(f"is a broken Excel workbook: {error}") from error
    refused: list[SourceErrors] = []
    for sheet in sheets:
        try:
            yield from _rows(sheet, document, renamed)
        except SourceErrors as errors:
            refused.append(errors)
    if refused and len(refused) == len(sheets):
        raise refused[0]


def _rows(
    sheet: Sequence[Sequence[Any]], document: str, renamed: Mapping[str, str]
) -> Iterator[Row]:
    filled = ((line, cells) for line, cells in enumerate(sheet, 1) if any(map(_is_filled, cells)))
    header_line, header = next(filled, (1, ()))
    width = max((number for number, cell in enumerate(header, 1) if _is_filled(cell)), default=0)
    names = column_names([str(cell or "") for cell in header[:width]], renamed, document,
                         header_line)  # fmt: skip
    for line, cells in filled:
        yield Row(
            {
                name: Cell(cell, line, number)
                for number, (name, cell) in enumerate(zip(names, cells, strict=False), 1)
                if name
            },
            line,
        )


def _is_filled(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""
