"""Articles to passages: cut where their structure allows it, with the headings that are above.

A passage holds blocks of one section as long as they fit. What is longer is cut at the next smaller
joint: tables between rows (the names of the columns come again), lists between items, paragraphs
between sentences, code between lines; only what has no joint is cut within.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from knowledge.duplicates import without_near_duplicates
from knowledge.languages import CHINESE, ENGLISH
from knowledge.sentences import sentences
from knowledge.sources.article import Article, Block
from knowledge.sources.source import Metadata
from knowledge.types import Passage

MAX_CHARS: Final = 900
"""Of a passage. A Han character counts twice, as it says about as much as two Latin letters; this
leaves room for title and headings within what the embedders read (1,000)."""
_TABLE_HEAD_LINES: Final = 2
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
_LATIN_WORD: Final = re.compile(r"[A-Za-zÀ-ɏ]{2,}")
_INTRODUCTION: Final = re.compile(r"[:：]\s*$")
_FENCE: Final = re.compile(r"\s*(`{3,}|~{3,})")
_ITEM: Final = re.compile(r"\s{0,3}(?:[-*+•·]|\d{1,3}[.)、])\s")


def size(text: str) -> int:
    """Return how long `text` is in characters, those of Chinese counted twice."""
    return len(text) + len(_HAN.findall(text))


def chunk(article: Article, document: str, *, max_chars: int = MAX_CHARS) -> tuple[Passage, ...]:
    """Return the passages of `article`, without those that say nearly the same as one before.

    Args:
        article: What was read.
        document: Its id.
        max_chars: Of a passage; see `size`.
    """
    metadata = article.metadata
    passages = [
        _passage(section, text, metadata, document)
        for section in _sections(article)
        for text in _packed(section.blocks, max_chars)
    ]
    kept = without_near_duplicates([f"{item.title}\n{item.text}" for item in passages])
    return tuple(passages[position] for position in kept)


def language_of(text: str, default: str = ENGLISH) -> str:
    """Return `zh` if Chinese carries `text`, `en` if other words do, else `default`.

    A Chinese word has two characters, so a text with Han characters is Chinese if these make more
    words than the Latin ones: English texts may name a Chinese product, Chinese ones many English.
    """
    han, latin = len(_HAN.findall(text)), len(_LATIN_WORD.findall(text))
    if not han and not latin:
        return default
    return CHINESE if han > latin else ENGLISH


def chunk_id(document: str, title: str, text: str) -> str:
    """Return the id of a passage: the same wherever in the document the text stands."""
    digest = hashlib.sha256(f"{title}\n{text}".encode("utf-8", "surrogatepass"))
    return f"{document}#{digest.hexdigest()[:12]}"


@dataclass(slots=True)
class _Section:
    """The blocks below one heading."""

    headings: tuple[str, ...]
    """From the outermost on, its own last."""
    blocks: list[Block] = field(default_factory=list[Block])


def _sections(article: Article) -> Iterator[_Section]:
    """Iterate over the sections that have text."""
    open_headings: list[tuple[int, str]] = []
    section = _Section(headings=())
    for block in article.blocks:
        if block.kind != "heading":
            section.blocks.append(block)
            continue
        if section.blocks:
            yield section
        while open_headings and open_headings[-1][0] >= block.level:
            open_headings.pop()
        open_headings.append((block.level, block.text))
        section = _Section(headings=tuple(text for _, text in open_headings))
    if section.blocks:
        yield section


def _passage(section: _Section, text: str, metadata: Metadata, document: str) -> Passage:
    path = tuple(dict.fromkeys((metadata.title, *section.headings)))
    title = path[-1]
    return Passage(
        id=chunk_id(document, title, text),
        language=metadata.language or language_of(f"{title}\n{text}"),
        title=title,
        text=text,
        source=metadata.url,
        tags=metadata.tags,
        document=document,
        headings=path[:-1],
        audience=metadata.audience,
        valid_from=metadata.valid_from,
        valid_until=metadata.valid_until,
    )


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A block as the smallest parts that it may be cut into."""

    parts: Sequence[str]
    joint: str
    """Between two parts."""
    head: str = ""
    """Comes before the first part of each passage: the names of columns."""
    tail: str = ""


def _packed(blocks: Sequence[Block], max_chars: int) -> Iterator[str]:
    """Iterate over texts of at most `max_chars` that hold `blocks` in their order."""
    held: list[str] = []
    for text in _joined_introductions(blocks):
        if held and size("\n\n".join([*held, text[0]])) > max_chars:
            yield "\n\n".join(held)
            held = []
        if size(text[0]) <= max_chars:
            held.append(text[0])
            continue
        *whole, rest = _cut(text[1], max_chars)
        yield from whole
        held = [rest]
    if held:
        yield "\n\n".join(held)


def _joined_introductions(blocks: Sequence[Block]) -> Iterator[tuple[str, _Pieces]]:
    """Iterate over texts and their pieces; "You need:" stays with the list that follows."""
    introduction = ""
    for position, block in enumerate(blocks):
        following = blocks[position + 1] if position + 1 < len(blocks) else None
        if (
            block.kind == "paragraph"
            and _INTRODUCTION.search(block.text)
            and following is not None
            and following.kind in ("list", "table", "code")
        ):
            introduction += f"{block.text}\n\n"
            continue
        pieces = _pieces(block)
        head = introduction + pieces.head
        yield introduction + block.text, _Pieces(pieces.parts, pieces.joint, head, pieces.tail)
        introduction = ""


def _pieces(block: Block) -> _Pieces:
    lines = block.text.split("\n")
    match block.kind:
        case "table":
            head = "\n".join(lines[:_TABLE_HEAD_LINES]) + "\n"
            return _Pieces(lines[_TABLE_HEAD_LINES:], "\n", head)
        case "list":
            return _Pieces(_items(lines), "\n")
        case "code" if len(lines) > 2 and _FENCE.match(lines[0]):
            return _Pieces(lines[1:-1], "\n", f"{lines[0]}\n", f"\n{lines[-1]}")
        case "code":
            return _Pieces(lines, "\n")
        case _:
            return _Pieces(sentences(block.text), "")


def _items(lines: Sequence[str]) -> list[str]:
    """Return the items of a list, each with what is indented below it."""
    items: list[str] = []
    for line in lines:
        if items and not _ITEM.match(line):
            items[-1] += f"\n{line}"
        else:
            items.append(line)
    return items


def _cut(pieces: _Pieces, max_chars: int) -> list[str]:
    """Return `pieces` as texts of at most `max_chars`; the list is not empty."""
    head, tail = pieces.head, pieces.tail
    if 2 * size(head + tail) > max_chars:  # no head is worth more than half of a passage
        return _cut(_Pieces([*_split(head, max_chars), *pieces.parts], pieces.joint), max_chars)
    room = max_chars - size(head + tail)
    texts: list[str] = []
    held = ""
    for part in (part for whole in pieces.parts for part in _split(whole, room)):
        joined = f"{held}{pieces.joint}{part}" if held else part
        if held and size(joined) > room:
            texts.append(f"{head}{held.rstrip()}{tail}")
            held = part
        else:
            held = joined
    return [*texts, f"{head}{held.rstrip()}{tail}"]


def _split(text: str, room: int) -> Iterator[str]:
    """Iterate over parts of `text` of at most `room`, cut at spaces where there are any."""
    while size(text) > room:
        end = min(len(text), room)
        while size(text[:end]) > room:
            end -= max(1, (size(text[:end]) - room) // 2)
        space = text.rfind(" ", end // 2, end)
        end = max(1, space if space > 0 else end)
        yield text[:end]
        text = text[end:].lstrip(" ")
    if text:
        yield text
