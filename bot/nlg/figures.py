"""What of a text must never be wrong: numbers, amounts, times, dates, codes, addresses.

Two texts say the same figure if their normal forms are equal: "two weeks" and "14 天", "€4.90" and
"4.9欧元", "half price" and "五折", "6 pm" and "下午六点".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from bot.nlg.figure import Figure, one, take
from bot.nlg.moments import take_moments
from bot.nlg.quantities import take_quantities

_ONE_UNIT: Final = (
    r"\b(within|in|after|for|takes?|about|than|lasts?|over|before|up to) (?:a|an|one)"
    r"(?= (?:(?:working|business) )?(?:minute|hour|day|week|month|year)\b)"
)
_REWRITTEN: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), written)
    for pattern, written in (
        (r"(?:\b(?:an|one) |一个)hour and a half\b", "90 minutes"),
        (r"百分之([\d.]+|[零一二两三四五六七八九十百]+)", r"\1%"),
        (r"\bhalf an hour\b|(?<!个)半(?:个)?小时|(?<!个)半个钟头", "30 minutes "),
        (r"\bhalf a year\b|(?<!个)半年", "6 months "),
        (r"\bhalf (?:the )?price\b|半价|一半", "50% "),
        (r"\bhalf(?= of\b| the\b)", "50% "),
        (r"\b(?:a )?fortnight\b", "14 days"),
        (r"\btwice\b", "2 times"),
        (r"\b(?:a )?dozen\b", "12"),
        (r"\bnoon\b|中午(?!\S{0,3}点)|正午", "12:00 "),
        (r"\bmidnight\b|午夜", "24:00 "),
        (_ONE_UNIT, r"\1 1"),
        (r"一刻", "15分"),
    )
)
"""Figures that hold no number, as ones that do."""
_URL_END: Final = r"[^\s<>()\[\]\"'，。；、）】」]"
_PHONE: Final = (
    r"(?<![\d.,/])(?!\d{4}-\d{1,2}-\d{1,2}(?!\d))"
    r"\+?\d{1,4}(?:[ \-]\(?\d{2,5}\)?){2,4}(?![\d%/-]|[.,]\d|\s?[-年])"
)
_CODE: Final = (
    r"(?<![A-Za-z0-9])(?:[A-Z]{1,8}-?\d+[A-Z0-9]*|\d+[A-Z]{2,}\d+"
    r"|(?=[\d-]*[A-Z])[A-Z0-9]{2,}-[A-Z0-9-]*\d[A-Z0-9-]*)(?![A-Za-z0-9])"
)
_ADDRESSES: Final = tuple(
    (kind, re.compile(pattern, re.ASCII | flags))
    for kind, pattern, flags in (
        ("email", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", 0),
        (
            "url",
            rf"(?:https?://|www\.){_URL_END}+|\b(?:[a-z0-9-]+\.)+[a-z]{{2,}}\b(?:/{_URL_END}*)?",
            re.IGNORECASE,
        ),
        ("phone", _PHONE, 0),
        ("code", _CODE, 0),
    )
)
_LEAST_PHONE_DIGITS: Final = 7
_ORDINAL: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_ORDINALS: Final = re.compile(
    rf"(?<!\d )(?<!\d-)\b({'|'.join(_ORDINAL)})\b(?!,| of all)", re.IGNORECASE
)


def unmarked(text: str) -> str:
    """Return `text` without Markdown's marks; a link as its title and address."""
    text = re.sub(r"!?\[([^\]\d][^\]]*)\]\(([^)\s]*)\)", r"\1 \2 ", text)
    return re.sub(r"[*_`#>|]+", " ", text)


def plain(text: str) -> str:
    """Return `text` without Markdown's marks, in half-width characters, one space at a time."""
    text = unmarked(unicodedata.normalize("NFKC", text))
    return re.sub(r"[ \t]+", " ", text).strip()


def figures_of(text: str) -> tuple[str, tuple[Figure, ...]]:
    """Return `text` with its figures blanked, and these in their order.

    `Figure.at` counts characters of the blanked text.
    """
    text = plain(text)
    for pattern, written in _REWRITTEN:
        text = pattern.sub(written, text)
    found: list[Figure] = []
    text = take_moments(_take_addresses(text, found), found)
    text = take(text, _ORDINALS, _ordinal, found)
    text = take_quantities(text, found)
    return text, tuple(sorted(found, key=lambda figure: figure.at))


def figures_in(texts: Iterable[str]) -> tuple[Figure, ...]:
    """Return the figures of all `texts`."""
    return tuple(figure for text in texts for figure in figures_of(text)[1])


def _take_addresses(text: str, found: list[Figure]) -> str:
    for kind, pattern in _ADDRESSES:

        def read(match: re.Match[str], kind: str = kind) -> Iterator[Figure]:
            written = match.group().rstrip(".,;:!?/").casefold()
            if kind == "phone":
                written = re.sub(r"\D", "", written)
                if len(written) < _LEAST_PHONE_DIGITS:
                    return
            yield one(kind, re.sub(r"^(?:https?://)?(?:www\.)?", "", written), match.start())

        text = take(text, pattern, read, found)
    return text


def _ordinal(match: re.Match[str]) -> Iterator[Figure]:
    yield one("ordinal", Decimal(_ORDINAL.index(match[1].lower()) + 1), match.start())
