"""Numbers as people write them, in English and Chinese, in digits or in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

MARK: Final = "\ue000"
"""Begins one number in a marked text; no text has this character on its own."""
BLANK: Final = "\ue001"
"""Fills a mark up to the length of what it stands for, so that places stay the same."""

_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_UNITS: Final = {word: value for value, word in enumerate(_ONES)}
_TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_SCALES: Final = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_WORD: Final = "|".join(sorted((*_UNITS, *_TENS, *_SCALES), key=len, reverse=True))
_ENGLISH: Final = rf"\b(?:a\s)?(?:{_WORD})(?:[\s-](?:and\s)?(?:{_WORD}))*\b"
_DIGITS: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)?"
_HAN_DIGITS: Final = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
_HAN_SCALES: Final = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_HAN: Final = "[" + "".join((*_HAN_DIGITS, *_HAN_SCALES)) + "]+"
_HAN_IDIOM: Final = re.compile(
    "十分(?!之|钟)|千万(?!元)|万一|一一|百度|三方|四处|万能|百科|五金|十足"
)
HAN_MEASURE: Final = (
    "个半|个工作日|个小时|个钟头|个星期|个月|个|秒|分钟|分|小时|点|时|天|日|号|周|星期|月|年|岁|欧元|美元"
    "|英镑|元|块|角|毛|折|次|遍|件|条|张|台|位|名|人|家|门|节|排|号|楼|层|公斤|千克|克|米|公里|档|期|单|种|倍|%|成"
)
_HAN_VAGUE: Final = re.compile(
    "个(?!半|工作日|小时|钟头|星期|月)|次|件|条|张|位|名|家|种|号|点(?!半)"
)
"""Measures with which 一 is hardly a number: 一个, 一次, 有一点."""
_NUMBER: Final = re.compile(
    rf"(?P<digits>{_DIGITS})(?P<scale>万|千|亿|k\b)?"
    rf"|(?P<english>{_ENGLISH})"
    rf"|(?P<han>{_HAN})(?={HAN_MEASURE}|[到至-]{_HAN}(?:{HAN_MEASURE})|$)"
    rf"|(?P<ordinal>(?<=第){_HAN})"
    rf"|(?P<long>{_HAN}(?<=[十百千万亿].)|{_HAN}(?<=.[十百千万亿]))",
    re.IGNORECASE,
)
_SCALE_OF: Final = {"k": 1_000, "K": 1_000} | _HAN_SCALES


def marked(text: str) -> tuple[str, tuple[Decimal, ...]]:
    """Return `text` with a mark of its length in place of each number, and the numbers in order.

    "one" and 一 count only where they count something: the English pronoun does not.
    """
    values: list[Decimal] = []

    def mark(found: re.Match[str]) -> str:
        value = _value(found, text)
        if value is None:
            return found.group()
        values.append(value)
        return MARK + BLANK * (len(found.group()) - 1)

    return _NUMBER.sub(mark, text), tuple(values)


def _value(found: re.Match[str], text: str) -> Decimal | None:
    kind, written = found.lastgroup, found.group()
    if found["digits"]:
        return _digits(found["digits"]) * _SCALE_OF.get(found["scale"] or "", 1)
    if kind == "english":
        return (
            None if written.lower() == "one" and not _counts(text, found.end()) else _words(written)
        )
    if _HAN_IDIOM.match(text, found.start()):
        return None
    is_vague = written == "一" and kind == "han" and _HAN_VAGUE.match(text, found.end())
    return None if is_vague else Decimal(from_han(written))


_COUNTED: Final = re.compile(
    r"[\s-](?:full\s)?(?:(?:working|business|calendar)\s)?(?:second|minute|hour|day|night|week|month|year"
    r"|euro|dollar|pound|cent|percent|point|person|people)s?\b",
    re.IGNORECASE,
)
_counts: Final[Callable[[str, int], re.Match[str] | None]] = _COUNTED.match


def _digits(written: str) -> Decimal:
    """Return the number; a comma before one or two last digits is a decimal one."""
    if re.fullmatch(r"\d+,\d{1,2}", written):
        return Decimal(written.replace(",", "."))
    return Decimal(written.replace(",", ""))


def _words(written: str) -> Decimal:
    """Return the number that English words say."""
    total, current = 0, 0
    for word in re.findall(r"[a-z]+", written.lower()):
        if word in _UNITS or word in _TENS:
            current += _UNITS.get(word, 0) + _TENS.get(word, 0)
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0
    return Decimal(total + current)


def from_han(written: str) -> int:
    """Return the number that Chinese numerals say: 两千零五十 is 2050, 二〇二七 is 2027."""
    if not any(char in _HAN_SCALES for char in written):
        return int("".join(str(_HAN_DIGITS[char]) for char in written))
    total, section, digit = 0, 0, 0
    for char in written:
        if char in _HAN_DIGITS:
            digit = _HAN_DIGITS[char]
        elif (scale := _HAN_SCALES[char]) < _HAN_SCALES["万"]:
            section += (digit or 1) * scale
            digit = 0
        else:
            total = (total + section + digit or 1) * scale
            section, digit = 0, 0
    return total + section + digit
