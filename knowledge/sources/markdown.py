"""Markdown to an article: CommonMark with tables; what a block says stays as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.sources.article import Article, Block, Kind, heading
from knowledge.sources.decoding import decode
from knowledge.sources.front_matter import split_front_matter
from knowledge.sources.html import html_blocks
from knowledge.sources.source import Metadata

_KINDS: Final[dict[str, Kind]] = {
    "paragraph_open": "paragraph",
    "blockquote_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "fence": "code",
    "code_block": "code",
}


def read_markdown(data: bytes, name: str) -> Article:
    """Return the article of a Markdown file.

    Raises:
        Unreadable: it is no text, or its front matter is wrong.
    """
    metadata, text = split_front_matter(_with_plain_lines(decode(data)))
    blocks = tuple(markdown_blocks(text))
    title = blocks[0].text if blocks and blocks[0].kind == "heading" else ""
    return Article(
        metadata=metadata.over(Metadata(title=title or PurePath(name).stem)), blocks=blocks
    )


def markdown_blocks(text: str) -> Iterator[Block]:
    """Iterate over the blocks of a Markdown text."""
    lines = text.split("\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for position, token in enumerate(tokens):
        if token.level or token.map is None:
            continue  # inside another block, or its end
        first, last = token.map
        written = "\n".join(lines[first:last]).strip("\n").rstrip()
        if token.type == "heading_open":
            yield heading(_plain(tokens[position + 1]), int(token.tag[1:]))
        elif token.type == "html_block":
            yield from html_blocks(written)
        elif kind := _KINDS.get(token.type):
            yield Block(kind=kind, text=written)


def _plain(inline: Token) -> str:
    """Return the words of a heading without its markup."""
    parts = (child.content for child in inline.children or () if child.content)
    return "".join(parts).strip()


def _with_plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
