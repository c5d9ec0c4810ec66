"""Plain text to an article: blank lines part paragraphs; a short first line is the title."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

from knowledge.sources.article import Article, Block, paragraph
from knowledge.sources.decoding import decode
from knowledge.sources.source import Metadata

MAX_TITLE_CHARS: Final = 80
_ITEM: Final = re.compile(r"\s*([-*•·]|\d{1,3}[.)、])\s*\S")


def read_plain(data: bytes, name: str) -> Article:
    """Return the article of a text file.

    Raises:
        Unreadable: it is no text.
    """
    text = "\n".join(line.rstrip() for line in decode(data).splitlines())
    parts = [part.strip("\n") for part in re.split(r"\n{2,}", text) if part.strip()]
    title = PurePath(name).stem
    if len(parts) > 1 and "\n" not in parts[0] and len(parts[0]) <= MAX_TITLE_CHARS:
        title = parts.pop(0).strip()
    return Article(metadata=Metadata(title=title), blocks=tuple(map(_block, parts)))


def _block(part: str) -> Block:
    lines = part.split("\n")
    if len(lines) > 1 and all(map(_ITEM.match, lines)):
        return Block(kind="list", text=part)
    return paragraph(part)
