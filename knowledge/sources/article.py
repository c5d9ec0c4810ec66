"""A text with its structure, as the readers of all text formats give it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from knowledge.sources.source import Metadata

Kind = Literal["heading", "paragraph", "list", "table", "code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a text that belongs together, as Markdown.

    A table has a row per line, the first two being the names of the columns and `|---|`; a list has
    an item per line, deeper ones indented.
    """

    kind: Kind
    text: str
    level: int = 0
    """Of a heading: 1 for the outermost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A text document that was read."""

    metadata: Metadata
    blocks: tuple[Block, ...]


def heading(text: str, level: int) -> Block:
    """Return a heading."""
    return Block(kind="heading", text=text, level=level)


def paragraph(text: str) -> Block:
    """Return a paragraph."""
    return Block(kind="paragraph", text=text)


def table(rows: list[list[str]]) -> Block:
    """Return a table; the first of `rows`, of which there is one at least, names the columns."""
    width = max(len(row) for row in rows)
    lines = [_line([*row, *[""] * (width - len(row))]) for row in rows]
    return Block(kind="table", text="\n".join([lines[0], "|---" * width + "|", *lines[1:]]))


def _line(cells: list[str]) -> str:
    joined = " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {joined} |"
