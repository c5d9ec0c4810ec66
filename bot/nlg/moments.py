"""Weekdays, dates and times of the day in a text, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from bot.nlg.figure import Figure, one, take
from bot.nlg.numerals import from_han

_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HAN_DAYS: Final = {day: place for place, day in enumerate("一二三四五六日")} | {"天": 6}
_MONTH: Final = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_SURE_MONTH: Final = "|".join(name for name in _MONTHS if name not in ("may", "march"))
_DAY: Final = r"\b(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?\b"
_HAN_DAY: Final = r"(?:周|星期|礼拜)[一二三四五六日天]"
TO: Final = r"\s*(?:-|–|—|~|to|till|until|through|至|到)\s*"
"""What stands between the ends of a range."""
_WEEKDAYS: Final = re.compile(
    rf"(?P<from>{_DAY}|{_HAN_DAY})(?:{TO}(?P<to>{_DAY}|{_HAN_DAY}))?"
    rf"|(?P<work>\bweekdays?\b|(?<!个)工作日)|(?P<end>\bweekends?\b|周末)",
    re.IGNORECASE,
)
_DATES: Final = re.compile(
    rf"(?P<iso>\d{{4}}-\d{{1,2}}-\d{{1,2}})"
    rf"|(?:(?P<hy>\d{{4}})年)?(?P<hm>\d{{1,2}})月(?P<hd>\d{{1,2}})[日号]"
    rf"|(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m1>{_MONTH})\b\.?,?(?: (?P<y1>\d{{4}}))?"
    rf"|\b(?P<m2>{_MONTH})\b\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<y2>\d{{4}}))?"
    rf"|\b(?P<m3>{_SURE_MONTH})\b"
    rf"|(?<=in |by |of )(?P<m4>may|march)\b",
    re.IGNORECASE,
)
_HALF: Final = r"上午|早上|早晨|清晨|凌晨|中午|下午|傍晚|晚上|夜里"
_LATE: Final = ("下午", "傍晚", "晚上", "夜里", "中午")
_CLOCKS: Final = re.compile(
    rf"(?P<half>{_HALF})?\s*(?P<h>\d{{1,2}}):(?P<m>\d{{2}})\s*(?P<ap>[ap]\.?m\b\.?)?"
    rf"|(?P<half2>{_HALF})?(?P<h2>\d{{1,2}})[点时]钟?(?:(?P<half_hour>半)|(?P<m2>\d{{1,2}})分?)?"
    r"|(?:(?P<h4>\d{1,2})\s*(?:-|–|to|and|until)\s*)?(?P<h3>\d{1,2})\s*"
    r"(?P<ap3>[ap]\.?m\b\.?|o'clock)",
    re.IGNORECASE,
)
_HAN_DIGITS: Final = re.compile(r"[零一二两三四五六七八九十]+")
_HAN_MOMENT: Final = re.compile(
    rf"(?:{_HALF}|[至到从\-–—])[零一二两三四五六七八九十]+点"
    r"|[一二三四五六七八九十]+月[一二三四五六七八九十]+[日号]"
    r"|[零一二两三四五六七八九十]{1,3}点"
    r"(?=半|[零一二三四五六七八九十]+分|钟|[至到之前后以开关]|$)"
    r"|(?<=点)[零一二三四五六七八九十]+(?=分)"
)


def take_moments(text: str, found: list[Figure]) -> str:
    """Add the weekdays, dates and clock times of `text` to `found`; return it without them."""
    text = _HAN_MOMENT.sub(_in_digits, text)
    text = take(text, _WEEKDAYS, _weekdays, found)
    return take(take(text, _DATES, _dates, found), _CLOCKS, _clocks, found)


def _in_digits(match: re.Match[str]) -> str:
    """Return 下午三点 as 下午3点."""
    return _HAN_DIGITS.sub(lambda digits: str(from_han(digits.group())), match.group())


def _weekdays(match: re.Match[str]) -> Iterator[Figure]:
    if match["work"]:
        days = frozenset(range(5))
    elif match["end"]:
        days = frozenset((5, 6))
    else:
        first = _day(match["from"])
        last = _day(match["to"]) if match["to"] else first
        days = frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
    yield one("weekdays", days, match.start())


def _day(written: str) -> int:
    return _HAN_DAYS[written[-1]] if written[-1] in _HAN_DAYS else _DAYS.index(written[:3].lower())


def _dates(match: re.Match[str]) -> Iterator[Figure]:
    part = match.groupdict()
    if part["iso"]:
        year, month, day = part["iso"].split("-")
    else:
        name = part["m1"] or part["m2"] or part["m3"] or part["m4"]
        month = part["hm"] or [known[:3] for known in _MONTHS].index(name[:3].lower()) + 1
        day = part["hd"] or part["d1"] or part["d2"] or ""
        year = part["hy"] or part["y1"] or part["y2"] or ""
    value = f"{int(month):02}" + (f"-{int(day):02}" if day else "")
    yield one("date", f"{year}-{value}" if year else value, match.start())


def _clocks(match: re.Match[str]) -> Iterator[Figure]:
    part = match.groupdict()
    half = part["half"] or part["half2"] or part["ap"] or part["ap3"] or ""
    hours = [part["h4"], part["h"] or part["h2"] or part["h3"]]
    minute = 30 if part["half_hour"] else int(part["m"] or part["m2"] or 0)
    for hour in (int(written) for written in hours if written):
        if hour <= 24 and minute < 60:
            yield one("clock", Decimal(60 * _in_day(hour, half) + minute), match.start())


def _in_day(hour: int, half: str) -> int:
    """Return the hour of the day, in [0, 24]."""
    if half[:1].lower() == "p" or half in _LATE:
        return hour if hour >= 12 or (half == "中午" and hour > 10) else hour + 12
    return 0 if half[:1].lower() == "a" and hour == 12 else hour
