"""HTML to an article: what a reader of the page reads, without scripts, menus and forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import PurePath
from typing import Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge.errors import Unreadable
from knowledge.sources.article import Article, Block, heading, paragraph, table
from knowledge.sources.decoding import decode
from knowledge.sources.fields import language
from knowledge.sources.source import Metadata

_UNREAD: Final = (
    "script, style, noscript, template, iframe, object, embed, svg, canvas, nav, form, button,"
    " body > header, body > div > header, footer, aside, dialog, [hidden], [aria-hidden=true],"
    " [role=navigation], [role=banner], [role=contentinfo], [role=search]"
)
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)} | {"summary": 6}
"""A summary names what can be folded below it, such as an answer in a list of questions."""
_BLOCKS: Final = frozenset({
    "address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "header", "hr", "html", "li", "main", "ol", "p",
    "pre", "section", "summary", "table", "ul", *_HEADINGS,
})  # fmt: skip
_BOLD: Final = ("b", "strong")
_MAX_DEPTH: Final = 200
"""Of nested elements; what lies deeper is read as text without structure."""
_MAX_NESTING: Final = 5_000
"""The parser's time grows with the square of the depth: 100,000 elements take it 9 s."""
_NESTING: Final = re.compile(
    r"<(/?)(?:a|article|b|blockquote|div|em|font|i|main|ol|section|span|strong|table|ul)\b",
    re.IGNORECASE,
)
"""Elements that are closed by their own end only."""
_CHARSET: Final = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_HEAD_BYTES: Final = 4096
_TEXT: Final = "-text"


def read_html(data: bytes, name: str) -> Article:
    """Return the article of an HTML file.

    Raises:
        Unreadable: it is no text.
    """
    return read_page(data, name, "", "")


def read_page(data: bytes, name: str, address: str, declared: str) -> Article:
    """Return the article of a web page.

    Args:
        data: The page.
        name: Its title if it has none.
        address: Where it was found; links are read from there. May be empty.
        declared: The encoding that the server names.

    Raises:
        Unreadable: it is no text.
    """
    return page_article(parse_page(data, declared), name, address)


def parse_page(data: bytes, declared: str) -> LexborHTMLParser:
    """Return the parsed page.

    Raises:
        Unreadable: it is no text, or its elements are nested too deeply.
    """
    stated = _CHARSET.search(data[:_HEAD_BYTES])
    text = decode(data, declared or (stated[1].decode() if stated else ""))
    steps = (-1 if match[1] else 1 for match in _NESTING.finditer(text))
    if max(accumulate(steps), default=0) > _MAX_NESTING:
        raise Unreadable(f"nests more than {_MAX_NESTING} elements in each other")
    return LexborHTMLParser(text)


def page_article(page: LexborHTMLParser, name: str, address: str) -> Article:
    """Return the article of a parsed page, from which it takes away what is not read."""
    metadata = Metadata(
        title=_title(page) or PurePath(name).stem, url=address, language=_language(page)
    )
    for node in page.css(_UNREAD):
        node.decompose()
    mains = page.css("main, [role=main]") or page.css("article")
    root = mains[0] if len(mains) == 1 else page.body
    blocks = tuple(_read(root, address, 0)) if root else ()
    return Article(metadata=metadata, blocks=blocks)


def html_blocks(text: str) -> Iterator[Block]:
    """Iterate over the blocks of HTML within another text."""
    page = LexborHTMLParser(text)
    for node in page.css(_UNREAD):
        node.decompose()
    if page.body:
        yield from _read(page.body, "", 0)


def links(page: LexborHTMLParser, address: str) -> Iterator[str]:
    """Iterate over the addresses that a page at `address` links to, without their fragments."""
    base = page.css_first("base[href]")
    start = _joined(address, base.attributes.get("href") if base else "") or address
    for node in page.css("a[href]"):
        if target := _joined(start, node.attributes.get("href")):
            yield target.partition("#")[0]


def canonical(page: LexborHTMLParser, address: str) -> str:
    """Return the address that the page calls its own, else `address`."""
    node = page.css_first("link[rel=canonical][href]")
    return (_joined(address, node.attributes.get("href")) if node else "") or address


def _joined(base: str, reference: str | None) -> str:
    """Return the web address of a reference, empty if it is none."""
    try:
        joined = urljoin(base, (reference or "").strip())
        return joined if urlsplit(joined).scheme in ("http", "https") else ""
    except ValueError:  # such as http://[
        return ""


def _title(page: LexborHTMLParser) -> str:
    for selector in ("h1", "title"):
        if (node := page.css_first(selector)) and (found := _words(node)):
            return found
    return ""


def _language(page: LexborHTMLParser) -> str | None:
    node = page.css_first("html[lang]")
    try:
        return language((node.attributes.get("lang") or "").strip()) if node else None
    except ValueError:
        return None  # a page's mistake that its words make up for


def _read(node: LexborNode, base: str, depth: int) -> Iterator[Block]:
    """Iterate over the blocks of `node`; what stands between them makes paragraphs."""
    tag = str(node.tag)
    if depth > _MAX_DEPTH:
        yield from _paragraph(_words(node))
    elif tag in _HEADINGS:
        yield from (heading(text, _HEADINGS[tag]) for text in (_words(node),) if text)
    elif tag == "pre":
        text = node.text().strip("\n")
        yield from (Block(kind="code", text=f"```\n{text}\n```") for _ in (1,) if text.strip())
    elif tag in ("ul", "ol", "dl"):
        yield from _list(node, base)
    elif tag == "table":
        yield from _table(node, base, depth)
    else:
        yield from _flow(node, base, depth)


def _flow(node: LexborNode, base: str, depth: int) -> Iterator[Block]:
    inline: list[str] = []
    for child in node.iter(include_text=True):
        if _is_block(child):
            yield from _paragraph("".join(inline))
            inline.clear()
            yield from _read(child, base, depth + 1)
        else:
            inline.append(_inline(child, base, depth + 1))
    yield from _paragraph("".join(inline))


def _paragraph(text: str) -> Iterator[Block]:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    if joined := "\n".join(line for line in lines if line):
        yield paragraph(joined)


def _is_block(node: LexborNode) -> bool:
    """Return whether `node` is a block, or an inline element around one."""
    return node.tag in _BLOCKS or (
        node.tag != _TEXT and node.css_first("p, div, ul, ol, table, h1, h2, h3, h4") is not None
    )


def _inline(node: LexborNode, base: str, depth: int) -> str:
    """Return what `node` says, as Markdown on one line; a line break stays one."""
    if node.tag == _TEXT:
        return re.sub(r"\s+", " ", node.text(deep=False))
    if node.tag == "br":
        return "\n"
    if depth > _MAX_DEPTH:
        return _words(node)
    inner = "".join(_inline(child, base, depth + 1) for child in node.iter(include_text=True))
    words = inner.strip()
    if node.tag == "a" and words and (target := _joined(base, node.attributes.get("href"))):
        return inner.replace(words, f"[{words}]({target})")
    return inner.replace(words, f"**{words}**") if node.tag in _BOLD and words else inner


def _list(node: LexborNode, base: str) -> Iterator[Block]:
    if lines := list(_items(node, base, 0)):
        yield Block(kind="list", text="\n".join(lines))


def _items(node: LexborNode, base: str, depth: int) -> Iterator[str]:
    """Iterate over the items of a list, one line each; deeper ones are indented."""
    number = 0
    for child in node.iter():
        if child.tag not in ("li", "dt", "dd"):
            continue
        number += 1
        mark = f"{number}." if node.tag == "ol" else "-"
        inner = [part for part in child.iter(include_text=True) if part.tag not in ("ul", "ol")]
        said = " ".join(" ".join(_inline(part, base, depth) for part in inner).split())
        indent = "  " * (depth + (child.tag == "dd"))
        if said:
            yield f"{indent}{mark} {said}"
        if depth < _MAX_DEPTH:
            for nested in child.iter():
                if nested.tag in ("ul", "ol"):
                    yield from _items(nested, base, depth + 1)


def _table(node: LexborNode, base: str, depth: int) -> Iterator[Block]:
    parts = [part for part in node.iter() if part.tag in ("thead", "tbody", "tfoot")]
    rows = [row for part in parts or [node] for row in part.iter() if row.tag == "tr"]
    cells = [[cell for cell in row.iter() if cell.tag in ("th", "td")] for row in rows]
    if max(map(len, cells), default=0) <= 1:  # a table for the layout only
        for cell in (cell for row in cells for cell in row):
            yield from _flow(cell, base, depth + 1)
        return
    texts = [[" ".join(_inline(cell, base, depth).split()) for cell in row] for row in cells]
    yield from (table(filled) for filled in ([row for row in texts if any(row)],) if filled)


def _words(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())
