"""Numbers with their units in a text, in English and Chinese: amounts, times, shares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from bot.nlg.figure import Bound, Figure, one
from bot.nlg.moments import TO
from bot.nlg.numerals import BLANK, MARK, marked

_UNITS: Final[tuple[tuple[str, re.Pattern[str], Decimal], ...]] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE), Decimal(scale))
    for kind, pattern, scale in (
        ("workdays", r"个?工作日|(?:working|business) days?\b", "1"),
        ("money:EUR", r"€|euros?\b|EUR\b|欧元", "1"),
        ("money:USD", r"\$|(?:US )?dollars?\b|USD\b|美元", "1"),
        ("money:GBP", r"£|pounds?\b|GBP\b|英镑", "1"),
        ("money:CNY", r"¥|人民币|yuan\b|CNY\b|RMB\b|元(?:人民币)?|块(?:钱)?", "1"),
        ("money:CNY", r"角|毛钱|毛", "0.1"),
        ("money:cent", r"cents?\b", "1"),
        ("seconds", r"秒(?:钟)?|seconds?\b", "1"),
        ("seconds", r"分钟|min(?:ute)?s?\b", "60"),
        ("seconds", r"个?小时|个?钟头|hours?\b|h\b", "3600"),
        ("seconds", r"天|日(?!期)|(?:calendar )?days?\b", "86400"),
        ("seconds", r"个?星期|周|weeks?\b", "604800"),
        ("months", r"个?月(?!\d)|months?\b", "1"),
        ("months", r"年|years?\b(?! old)", "12"),
        ("percent", r"%|percent\b|per cent\b", "1"),
        ("discount", "折", "1"),
    )
)
"""(what is measured, how it is written, in the unit that is compared)."""
_SIGNS: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "CNY", "RMB": "CNY"}
_N: Final = f"{MARK}{BLANK}*"
_QUANTITY: Final = re.compile(
    rf"(?P<sign>[€$£¥]|EUR |USD |GBP |RMB |第)?\s*(?P<first>{_N})"
    r"(?P<unit>\s?(?:[€$£¥%]|欧元|元|天|小时|分钟|days?|hours?|weeks?|euros?))?"
    rf"(?:(?:{TO}|\s+and\s+|\s+or\s+)(?:[€$£¥]|EUR )?(?P<second>{_N}))?"
    r"(?P<ordinal>(?:st|nd|rd|th)\b)?(?P<half>\s?个半|\s+and a half)?[\s-]?",
    re.IGNORECASE,
)
_LEAST: Final = re.compile(
    r"(?:at least|from|over|more than|above|minimum(?: of)?|no less than"
    r"|至少|满|最少|超过|不少于|高于|自|从)\s*[€$£¥]?\s*$",
    re.IGNORECASE,
)
_MOST: Final = re.compile(
    r"(?:up to|at most|no more than|not more than|less than|under|below|within|maximum(?: of)?"
    r"|until|最多|最高|最长|不超过|不多于|上限|少于|低于)\s*(?:为|是|约)?\s*[€$£¥]?\s*$",
    re.IGNORECASE,
)
_OR_MORE: Final = re.compile(
    r"\s*\S{0,8}?\s*(?:or (?:more|over|older|above)|and (?:over|more|above)|及?以上|起)",
    re.IGNORECASE,
)
_OR_LESS: Final = re.compile(
    r"\s*\S{0,8}?\s*(?:or (?:less|fewer|under)|at most|以内|之内|以下|内|为限)", re.IGNORECASE
)
_PAIR: Final = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"between\s*$", re.IGNORECASE)


def take_quantities(text: str, found: list[Figure]) -> str:
    """Add the quantities of `text` to `found`; return it with marks in place of numbers.

    Units are blanked: "years" says nothing beside "two".
    """
    text, values = marked(text)
    queue = iter(values)
    blanked = list(text)
    for match in _QUANTITY.finditer(text):
        first = next(queue)
        second = next(queue) if match["second"] else None
        kind, scale, end = _unit(text, match)
        found.extend(_figures(text, match, (first, second), (kind, scale, end)))
        blanked[match.end() : end] = BLANK * (end - match.end())
    return "".join(blanked)


def _figures(
    text: str,
    match: re.Match[str],
    values: tuple[Decimal, Decimal | None],
    unit: tuple[str, Decimal, int],
) -> Iterator[Figure]:
    kind, scale, end = unit
    extra = Decimal("0.5") if match["half"] else Decimal(0)
    low, high = ((value + extra) * scale for value in (values[0], values[1] or values[0]))
    if kind == "discount":
        kind, low, high = "percent", _off(low), _off(high)
    before = text[max(0, match.start("first") - 24) : match.start()]
    if match["second"] and _PAIR.search(match.group()) and not _BETWEEN.search(before):
        yield one(kind, low, match.start("first"))
        yield one(kind, high, match.start("second"))
        return
    bound = _bound(before, text[end : end + 16])
    yield Figure(kind=kind, low=low, high=high, at=match.start("first"), bound=bound)


def _off(folds: Decimal) -> Decimal:
    """Return the discount in percent: 八折 is 20, 8.5折 is 15."""
    return (Decimal(10) - folds) * 10 if folds < 10 else Decimal(100) - folds


def _unit(text: str, match: re.Match[str]) -> tuple[str, Decimal, int]:
    """Return what is measured, in which unit, and where the unit ends in the text."""
    sign = (match["sign"] or "").strip()
    if sign == "第" or match["ordinal"]:
        return "ordinal", Decimal(1), match.end()
    if sign:
        return f"money:{_SIGNS.get(sign, sign)}", Decimal(1), match.end()
    for kind, pattern, scale in _UNITS:
        if unit := pattern.match(text, match.end()):
            return kind, scale, unit.end()
    written = (match["unit"] or "").strip()
    for kind, pattern, scale in _UNITS:
        if written and pattern.fullmatch(written):
            return kind, scale, match.end()
    return "number", Decimal(1), match.end()


def _bound(before: str, after: str) -> Bound:
    if _LEAST.search(before) or _OR_MORE.match(after):
        return "min"
    return "max" if _MOST.search(before) or _OR_LESS.match(after) else ""
