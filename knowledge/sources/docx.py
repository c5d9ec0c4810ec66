"""Word documents to an article: headings by their style, lists by their numbering, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import PurePath
from typing import Final
from zipfile import BadZipFile

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml.etree import XMLSyntaxError

from knowledge.errors import Unreadable
from knowledge.sources.archives import open_archive
from knowledge.sources.article import Article, Block, heading, paragraph, table
from knowledge.sources.source import Metadata

_HEADING: Final = re.compile(r"(?:heading|标题|title)\s*(\d?)", re.IGNORECASE)
_BROKEN: Final = (BadZipFile, OpcError, XMLSyntaxError, KeyError, ValueError, AttributeError)
"""What python-docx raises for files that are not what they claim."""


def read_docx(data: bytes, name: str) -> Article:
    """Return the article of a Word document.

    Raises:
        Unreadable: it is encrypted, broken, or unpacks to too much.
    """
    file = open_archive(data, "Word document")
    try:
        document = docx.Document(file)
        blocks = tuple(_blocks(document))
        title = document.core_properties.title.strip()
    except _BROKEN as error:
        raise Unreadable(f"is a broken Word document: {error}") from error
    first = next((block.text for block in blocks if block.kind == "heading"), "")
    return Article(metadata=Metadata(title=title or first or PurePath(name).stem), blocks=blocks)


def _blocks(document: Document) -> Iterator[Block]:
    """Iterate over the blocks; items of a list that follow each other are one."""
    for is_item, group in groupby(document.iter_inner_content(), _is_item):
        if is_item:
            words = (" ".join(str(getattr(item, "text", "")).split()) for item in group)
            lines = [f"- {line}" for line in words if line]
            yield from (Block(kind="list", text=text) for text in ("\n".join(lines),) if text)
            continue
        for item in group:
            yield from _table(item) if isinstance(item, Table) else _paragraph(item)


def _paragraph(item: Paragraph) -> Iterator[Block]:
    text = "\n".join(line.strip() for line in item.text.splitlines()).strip()
    if not text:
        return
    if match := _HEADING.match(_style(item)):
        yield heading(" ".join(text.split()), int(match[1] or 1))
    else:
        yield paragraph(text)


def _table(item: Table) -> Iterator[Block]:
    rows = [_cells(row.cells) for row in item.rows]
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return
    if max(map(len, rows)) == 1:  # a box around text
        yield from (paragraph(row[0]) for row in rows)
    else:
        yield table(rows)


def _cells(cells: Sequence[object]) -> list[str]:
    """Return the texts of a row; a cell that spans columns is listed once for each."""
    once = [cell for cell, _ in groupby(cells)]
    return [str(getattr(cell, "text", "")) for cell in once]


def _is_item(item: Paragraph | Table) -> bool:
    if isinstance(item, Table) or _HEADING.match(_style(item)):
        return False
    properties = item._p.pPr  # python-docx names no numbering
    is_numbered = properties is not None and properties.numPr is not None
    return is_numbered or _style(item).lower().startswith(("list", "列表"))


def _style(item: Paragraph) -> str:
    style = item.style
    return (style.name if style is not None else "") or ""
