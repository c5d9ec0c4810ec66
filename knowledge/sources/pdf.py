"""PDF to an article: lines in larger letters are headings, lines that return on pages are left out.

Scanned pages hold no text; a document that is nothing else is reported.
"""

from __future__ import annotations

import io
import logging
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath
from typing import Any, Final

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, PyPdfError

from knowledge.errors import Unreadable
from knowledge.sources.article import Article, Block, heading, paragraph
from knowledge.sources.source import Metadata

MAX_PAGES: Final = 5_000
_HEADING_RATIO: Final = 1.15
"""Of the size of its letters to those of most text."""
_MAX_HEADING_CHARS: Final = 120
_MAX_LEVELS: Final = 6
_REPEATED_SHARE: Final = 0.5
"""A line at the edge of this share of the pages is no text: a header, or the page's number."""
_EDGE_SHARE: Final = 0.07
"""Of a page's height: where headers and footers stand, but no text."""
_MIN_PAGES_TO_REPEAT: Final = 3
_GAP_RATIO: Final = 1.4
"""A gap between lines this much wider than usual parts paragraphs."""
_BROKEN: Final = (
    PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError,
    RecursionError, OverflowError, NotImplementedError, ZeroDivisionError,
)  # fmt: skip
"""What pypdf raises for files that are not what they claim."""
_SENTENCE_END: Final = re.compile(r"[.!?。！？:：]['\"”’)]?$")
_HOW_TO_SAVE: Final = "save it without a password"
_HYPHEN: Final = re.compile(r"(?<=[a-z])-$")
_WORD_END: Final = re.compile(r"[\w,;:)\]\"'”’.!?]$", re.ASCII)

logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of every oddity of every file


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a page; `size` of its letters and `y` (growing upwards) in points."""

    text: str
    size: float
    y: float
    is_at_edge: bool
    """Whether it stands in the margin above or below the text."""


def read_pdf(data: bytes, name: str) -> Article:
    """Return the article of a PDF file.

    Raises:
        Unreadable: it is encrypted, broken or holds no text.
    """
    try:
        reader = PdfReader(io.BytesIO(data))
        _check(reader)
        pages = [_lines(page) for page in reader.pages]
        stated = str((reader.metadata and reader.metadata.title) or "").strip()
    except DependencyError as error:  # a cipher that pypdf leaves to other packages
        raise Unreadable("is encrypted", hint=_HOW_TO_SAVE) from error
    except _BROKEN as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"is no PDF, or a broken one: {error}") from error
    blocks = tuple(_blocks(_without_repeated(pages)))
    if not blocks:
        raise Unreadable("holds no text", hint="it may be scanned; save it with recognised text")
    first = blocks[0].text if blocks[0].kind == "heading" else ""
    return Article(metadata=Metadata(title=first or stated or PurePath(name).stem), blocks=blocks)


def _check(reader: PdfReader) -> None:
    """Refuse what needs a password, or is too long."""
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("is encrypted", hint=_HOW_TO_SAVE)
    if len(reader.pages) > MAX_PAGES:
        raise Unreadable(f"has {len(reader.pages)} pages", hint=f"{MAX_PAGES} are the limit")


def _lines(page: PageObject) -> list[_Line]:
    """Return the lines of a page in the order of its content."""
    parts: list[tuple[str, float, float]] = []

    def visit(text: str, cm: Any, tm: Any, _font: Any, size: float) -> None:
        if text.strip("\n"):
            # Text space to page space: matrices [a b c d e f] of the PDF specification, 8.3.3.
            scale = abs(tm[3] or tm[1]) * abs(cm[3] or cm[1])
            y = cm[1] * tm[4] + cm[3] * tm[5] + cm[5]
            parts.append((text, round(size * scale, 1), float(y)))

    whole = page.extract_text(visitor_text=visit)
    sizes: dict[str, tuple[float, float]] = {}
    for text, size, y in parts:
        for line in text.split("\n"):
            if key := "".join(line.split()):
                sizes.setdefault(key, (size, y))
    low, high = float(page.mediabox.bottom), float(page.mediabox.top)
    edge = _EDGE_SHARE * (high - low)
    placed = ((line, *_place(line, sizes)) for line in _clean(whole))
    return [
        _Line(line, size, y, is_at_edge=not low + edge < y < high - edge)
        for line, size, y in placed
    ]


def _clean(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if words := " ".join(line.replace("\x00", "").split()):
            yield words


def _place(line: str, sizes: dict[str, tuple[float, float]]) -> tuple[float, float]:
    """Return size and height of a line: those of the part that it begins with."""
    key = "".join(line.split())
    if key in sizes:
        return sizes[key]
    begins = [part for part in sizes if key.startswith(part)]
    return sizes[max(begins, key=len)] if begins else (0.0, 0.0)


def _body_size(lines: Sequence[_Line]) -> float:
    """Return the size of most letters, 0 where there are none."""
    letters = Counter[float]()
    for line in lines:
        letters[line.size] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0.0


def _without_repeated(pages: Sequence[Sequence[_Line]]) -> list[list[_Line]]:
    """Return the pages without headers, footers and page numbers."""
    if len(pages) < _MIN_PAGES_TO_REPEAT:
        return [list(page) for page in pages]
    counts = Counter(
        key for page in pages for key in {_edge_key(line.text) for line in page if line.is_at_edge}
    )
    repeated = {key for key, count in counts.items() if count > _REPEATED_SHARE * len(pages)}
    return [
        [line for line in page if not line.is_at_edge or _edge_key(line.text) not in repeated]
        for page in pages
    ]


def _edge_key(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def _blocks(pages: Sequence[Sequence[_Line]]) -> Iterator[Block]:
    """Iterate over headings and paragraphs; a paragraph may go on over a page's end."""
    lines = [line for page in pages for line in page]
    body = _body_size(lines)
    sizes = sorted({line.size for line in lines if _is_heading(line, body)}, reverse=True)
    gap = _usual_gap(lines)
    held: list[_Line] = []
    for line in lines:
        if _is_heading(line, body):
            yield from _paragraph(held)
            held = []
            yield heading(line.text, min(sizes.index(line.size) + 1, _MAX_LEVELS))
            continue
        if held and _parts(held[-1], line, gap):
            yield from _paragraph(held)
            held = []
        held.append(line)
    yield from _paragraph(held)


def _parts(last: _Line, line: _Line, gap: float) -> bool:
    """Return whether a paragraph ends between two lines."""
    if line.y > last.y:  # the next column or page
        return bool(_SENTENCE_END.search(last.text))
    return gap > 0 and last.y - line.y > _GAP_RATIO * gap


def _is_heading(line: _Line, body: float) -> bool:
    is_large = body > 0 and line.size >= _HEADING_RATIO * body
    return is_large and len(line.text) <= _MAX_HEADING_CHARS and any(map(str.isalpha, line.text))


def _usual_gap(lines: Sequence[_Line]) -> float:
    """Return the median distance of lines that follow each other, 0 where it cannot be told."""
    gaps = [a.y - b.y for a, b in pairwise(lines) if 0 < a.y - b.y < 100]
    return statistics.median(gaps) if gaps else 0.0


def _paragraph(lines: Sequence[_Line]) -> Iterator[Block]:
    text = ""
    for line in lines:
        if _HYPHEN.search(text) and line.text[:1].islower():
            text = text[:-1] + line.text
        elif text and (_WORD_END.search(text) or line.text[0].isascii()):
            text = f"{text} {line.text}"
        else:  # Chinese needs no space where a line ended
            text += line.text
    if text:
        yield paragraph(text)
