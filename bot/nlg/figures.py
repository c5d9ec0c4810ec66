"""What of a text must never be wrong: numbers, amounts, times, dates, codes, addresses.

Two texts say the same figure if their normal forms are equal: "two weeks" and "14 天", "€4.90" and
"4.9欧元", "half price" and "五折", "6 pm" and "下午六点".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from bot.nlg.numerals import BLANK, MARK, from_han, marked

Bound = Literal["", "min", "max"]
Value = Decimal | str | frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: what it measures, and how much; `low` is `high` unless it is a range."""

    kind: str
    """Such as `money:EUR`, `seconds`, `months`, `percent`, `clock`, `weekdays`, `code`, `url`."""
    low: Value
    high: Value
    bound: Bound = ""
    """Whether the text says "at least" or "at most"."""
    at: int = 0
    """Place in the text that `figures_of` returns with it."""

    def agrees(self, other: Figure) -> bool:
        """Tell whether a text that says `other` supports this one."""
        if isinstance(self.low, frozenset) and isinstance(other.low, frozenset):
            return self.kind == other.kind and self.low <= other.low
        if self.kind == "date" == other.kind:
            return str(other.low).endswith(str(self.low))
        if self.kind != other.kind and "number" not in (self.kind, other.kind):
            return False
        if self.kind != other.kind and self.kind != "number":
            return False
        if {self.bound, other.bound} == {"min", "max"} and self.low == self.high:
            return _is_end(self, other)
        return (self.low, self.high) == (other.low, other.high) or _is_end(self, other)


def _is_end(one: Figure, of: Figure) -> bool:
    """Tell whether `one` is an end of a range, and said to be: "up to 5" of "3 to 5"."""
    if of.low == of.high:
        return False
    if of.kind == "clock":
        return one.low == one.high and one.low in (of.low, of.high)
    return (one.bound == "max" and one.high == of.high) or (
        one.bound == "min" and one.low == of.low
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
        (r"\b(within|in|after|for|takes?|about|than|lasts?|over|before|up to) (?:a|an|one)(?= "
         r"(?:(?:working|business) )?(?:minute|hour|day|week|month|year)\b)", r"\1 1"),
        (r"一刻", "15分"),
    )
)  # fmt: skip
_ADDRESSES: Final = (
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)),
    ("url", re.compile(
        r"(?:https?://|www\.)[^\s<>()\[\]\"'，。；、）】」]+|\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b(?:/[^\s<>()\[\]\"'，。；、）】]*)?",
        re.ASCII | re.IGNORECASE,
    )),
    ("phone", re.compile(r"(?<![\d.,/])\+?\d{1,4}(?:[ \-]\(?\d{2,5}\)?){2,4}(?![\d%/-]|[.,]\d|\s?[-年])", re.ASCII)),
    ("code", re.compile(
        r"(?<![A-Za-z0-9])(?:[A-Z]{1,8}-?\d+[A-Z0-9]*|\d+[A-Z]{2,}\d+|[A-Z0-9]{2,}-[A-Z0-9-]*\d[A-Z0-9-]*)(?![A-Za-z0-9])",
        re.ASCII,
    )),
)  # fmt: skip
_MONTHS: Final = (
    "january february march april may june july august september october november december".split()
)
_DAYS: Final = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTH: Final = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_DAY: Final = r"\b(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?\b"
_HAN_DAY: Final = r"(?:周|星期|礼拜)[一二三四五六日天]"
_TO: Final = r"\s*(?:-|–|—|~|to|till|until|through|至|到)\s*"
_WEEKDAYS: Final = re.compile(
    rf"(?P<from>{_DAY}|{_HAN_DAY})(?:{_TO}(?P<to>{_DAY}|{_HAN_DAY}))?"
    rf"|(?P<work>\bweekdays?\b|(?<!个)工作日)|(?P<end>\bweekends?\b|周末)",
    re.IGNORECASE,
)
_N: Final = f"{MARK}{BLANK}*"
_DATES: Final = re.compile(
    rf"(?P<iso>\d{{4}}-\d{{1,2}}-\d{{1,2}})"
    rf"|(?:(?P<hy>\d{{4}})年)?(?P<hm>\d{{1,2}})月(?P<hd>\d{{1,2}})[日号]"
    rf"|(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m1>{_MONTH})\b\.?,?(?: (?P<y1>\d{{4}}))?"
    rf"|\b(?P<m2>{_MONTH})\b\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<y2>\d{{4}}))?"
    rf"|\b(?P<m3>{'|'.join(name for name in _MONTHS if name not in ('may', 'march'))})\b"
    rf"|(?<=in |by |of )(?P<m4>may|march)\b",
    re.IGNORECASE,
)
_HALF: Final = r"上午|早上|早晨|清晨|凌晨|中午|下午|傍晚|晚上|夜里"
_CLOCKS: Final = re.compile(
    rf"(?P<half>{_HALF})?\s*(?P<h>\d{{1,2}}):(?P<m>\d{{2}})\s*(?P<ap>[ap]\.?m\b\.?)?"
    rf"|(?P<half2>{_HALF})?(?P<h2>\d{{1,2}})[点时](?:钟)?(?:(?P<half_hour>半)|(?P<m2>\d{{1,2}})分?)?"
    rf"|(?:(?P<h4>\d{{1,2}})\s*(?:-|–|to|and|until)\s*)?(?P<h3>\d{{1,2}})\s*(?P<ap3>[ap]\.?m\b\.?|o'clock)",
    re.IGNORECASE,
)
_CURRENCIES: Final = {
    "EUR": r"€|euros?\b|EUR\b|欧元", "USD": r"\$|(?:US )?dollars?\b|USD\b|美元",
    "GBP": r"£|pounds?\b|GBP\b|英镑", "CNY": r"¥|人民币|yuan\b|CNY\b|RMB\b|元(?:人民币)?|块(?:钱)?",
    "cent": r"cents?\b", "jiao": r"角|毛钱|毛",
}  # fmt: skip
_TIMES: Final = {
    "seconds": {r"秒(?:钟)?|seconds?\b": 1, r"分钟|min(?:ute)?s?\b": 60, r"个?小时|个?钟头|hours?\b|h\b": 3600,
                r"天|日(?!期)|(?:calendar )?days?\b": 86_400, r"个?星期|周|weeks?\b": 604_800},
    "months": {r"个?月(?!\d)|months?\b": 1, r"年|years?\b(?! old)": 12},
}  # fmt: skip
_PERCENT: Final = r"%|percent\b|per cent\b"
_UNITS: Final[tuple[tuple[str, re.Pattern[str], Decimal], ...]] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE), Decimal(scale))
    for kind, pattern, scale in (
        ("workdays", r"个?工作日|(?:working|business) days?\b", 1),
        *((f"money:{name}", pattern, 1) for name, pattern in _CURRENCIES.items()),
        *(
            (kind, pattern, scale)
            for kind in ("seconds", "months")
            for pattern, scale in _TIMES[kind].items()
        ),
        ("percent", _PERCENT, 1),
        ("discount", "折", 1),
        ("number", r"[a-z]{1,3}\b|[一-鿿]{1,2}|", 1),
    )
)
_QUANTITY: Final = re.compile(
    rf"(?P<sign>[€$£¥]|EUR |USD |GBP |RMB |第)?\s*(?P<first>{_N})"
    rf"(?P<unit1>\s?(?:[€$£¥%]|欧元|元|天|小时|分钟|days?|hours?|weeks?|euros?))?"
    rf"(?:(?:{_TO}|\s+and\s+|\s+or\s+)(?:[€$£¥]|EUR )?(?P<second>{_N}))?"
    rf"(?P<ordinal>(?:st|nd|rd|th)\b)?(?P<half>\s?个半|\s+and a half)?[\s-]?",
    re.IGNORECASE,
)
_ORDINALS: Final = re.compile(
    r"\b(first(?! of all)|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b(?!,)",
    re.IGNORECASE,
)
_ORDINAL: Final = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_LEAST: Final = re.compile(
    r"(?:at least|from|over|more than|above|minimum(?: of)?|no less than|至少|满|最少|超过|不少于|高于|自|从)\s*[€$£¥]?\s*$",
    re.IGNORECASE,
)
_MOST: Final = re.compile(
    r"(?:up to|at most|no more than|not more than|less than|under|below|within|maximum(?: of)?|until|最多|最高|最长|不超过"
    r"|不多于|上限|少于|低于|until)\s*(?:为|是|约)?\s*[€$£¥]?\s*$",
    re.IGNORECASE,
)
_OR_MORE: Final = re.compile(
    r"\s*\S{0,8}?\s*(?:or (?:more|over|older|above)|and (?:over|more|above)|及?以上|起)",
    re.IGNORECASE,
)
_OR_LESS: Final = re.compile(
    r"\s*\S{0,8}?\s*(?:or (?:less|fewer|under)|at most|以内|之内|以下|内|为限)", re.IGNORECASE
)
_CURRENCY_SIGN: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "CNY"}


def plain(text: str) -> str:
    """Return `text` without Markdown's marks, in half-width characters, one space at a time."""
    text = re.sub(r"!?\[([^\]\d][^\]]*)\]\(([^)\s]*)\)", r"\1 \2 ", text)
    text = re.sub(r"[*_`#>|]+", " ", unicodedata.normalize("NFKC", text))
    return re.sub(r"[ \t]+", " ", text).strip()


def figures_of(text: str) -> tuple[str, tuple[Figure, ...]]:
    """Return `text` with its figures blanked, and these in their order.

    `Figure.at` counts characters of the blanked text, which has the marks of `numerals`.
    """
    text = plain(text)
    for pattern, written in _REWRITTEN:
        text = pattern.sub(written, text)
    found: list[Figure] = []
    text = _digits_of_dates(text)
    for take in (_addresses, _weekdays, _dates, _clocks, _ordinals):
        text = take(text, found)
    return _quantities(text, found)


def figures_in(texts: Iterable[str]) -> tuple[Figure, ...]:
    """Return the figures of all `texts`."""
    return tuple(figure for text in texts for figure in figures_of(text)[1])


def _blank(found: re.Match[str]) -> str:
    return BLANK * len(found.group())


def _take(
    text: str,
    pattern: re.Pattern[str],
    read: Callable[[re.Match[str]], Iterator[Figure]],
    found: list[Figure],
) -> str:
    """Return `text` with what `read` takes from each match of `pattern` blanked."""

    def note(match: re.Match[str]) -> str:
        figures = list(read(match))
        found.extend(figures)
        return _blank(match) if figures else match.group()

    return pattern.sub(note, text)


def _one(kind: str, value: Value, at: int, high: Value | None = None) -> Figure:
    return Figure(kind=kind, low=value, high=value if high is None else high, at=at)


def _addresses(text: str, found: list[Figure]) -> str:
    for kind, pattern in _ADDRESSES:

        def read(match: re.Match[str], kind: str = kind) -> Iterator[Figure]:
            written = match.group().rstrip(".,;:!?/").casefold()
            if kind == "phone":
                digits = re.sub(r"\D", "", written)
                if len(digits) < 7:
                    return
                written = digits
            yield _one(kind, re.sub(r"^https?://(?:www\.)?|^www\.", "", written), match.start())

        text = _take(text, pattern, read, found)
    return text


_HAN_DATE_PART: Final = re.compile(
    rf"(?:{_HALF}|[至到从\-–—])[零一二两三四五六七八九十]+点|[一二三四五六七八九十]+月[一二三四五六七八九十]+[日号]"
    r"|[零一二两三四五六七八九十]{1,3}点(?=半|[零一二三四五六七八九十]+分|钟|[至到之前后以开关]|$)"
    r"|(?<=点)[零一二三四五六七八九十]+(?=分)"
)


def _digits_of_dates(text: str) -> str:
    """Return `text` with Chinese numerals of clocks and days in digits."""

    def digits(match: re.Match[str]) -> str:
        return re.sub(
            r"[零一二两三四五六七八九十]+", lambda one: str(from_han(one.group())), match.group()
        )

    return _HAN_DATE_PART.sub(digits, text)


def _weekdays(text: str, found: list[Figure]) -> str:
    def read(match: re.Match[str]) -> Iterator[Figure]:
        if match["work"]:
            days = frozenset(range(5))
        elif match["end"]:
            days = frozenset((5, 6))
        else:
            first = _day(match["from"])
            last = _day(match["to"]) if match["to"] else first
            days = frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
        yield _one("weekdays", days, match.start())

    return _take(text, _WEEKDAYS, read, found)


def _day(written: str) -> int:
    if written[-1] in "一二三四五六日天":
        return min("一二三四五六日".find(written[-1]) % 7 if written[-1] != "天" else 6, 6)
    return next(place for place, name in enumerate(_DAYS) if written.lower().startswith(name[:3]))


def _dates(text: str, found: list[Figure]) -> str:
    def read(match: re.Match[str]) -> Iterator[Figure]:
        part = match.groupdict()
        if part["iso"]:
            year, month, day = part["iso"].split("-")
        else:
            name = part["m1"] or part["m2"] or part["m3"] or part["m4"]
            month = part["hm"] or str([one[:3] for one in _MONTHS].index(name[:3].lower()) + 1)
            day = part["hd"] or part["d1"] or part["d2"] or ""
            year = part["hy"] or part["y1"] or part["y2"] or ""
        value = f"{year}-{int(month):02}" + (f"-{int(day):02}" if day else "")
        yield _one("date", value if year else value.removeprefix("-"), match.start())

    return _take(text, _DATES, read, found)


def _clocks(text: str, found: list[Figure]) -> str:
    def read(match: re.Match[str]) -> Iterator[Figure]:
        part = match.groupdict()
        half = part["half"] or part["half2"] or part["ap"] or part["ap3"] or ""
        hour = int(part["h"] or part["h2"] or part["h3"])
        minute = 30 if part["half_hour"] else int(part["m"] or part["m2"] or 0)
        if hour > 24 or minute > 59:
            return
        for each in (part["h4"], hour):
            if each is not None:
                yield _one("clock", Decimal(60 * _in_day(int(each), half) + minute), match.start())

    return _take(text, _CLOCKS, read, found)


def _in_day(hour: int, half: str) -> int:
    """Return the hour in [0, 24]."""
    is_late = half[:1].lower() == "p" or half in ("下午", "傍晚", "晚上", "夜里", "中午")
    if is_late:
        return hour if hour >= 12 or (half == "中午" and hour > 10) else hour + 12
    return 0 if half[:1].lower() == "a" and hour == 12 else hour


def _ordinals(text: str, found: list[Figure]) -> str:
    def read(match: re.Match[str]) -> Iterator[Figure]:
        yield _one("ordinal", Decimal(_ORDINAL.index(match[1].lower()) + 1), match.start())

    return _take(text, _ORDINALS, read, found)


def _quantities(text: str, found: list[Figure]) -> tuple[str, tuple[Figure, ...]]:
    """Return the marked text and all figures, those found before with their places in it."""
    text, values = marked(text)
    queue = iter(values)
    blanked = list(text)
    for match in _QUANTITY.finditer(text):
        first = next(queue)
        second = next(queue) if match["second"] else None
        found.extend(_quantity(text, match, first, second))
        unit_end = _unit(text, match)[2]
        blanked[match.end() : unit_end] = BLANK * (unit_end - match.end())
    return "".join(blanked), tuple(sorted(found, key=lambda figure: figure.at))


def _quantity(
    text: str, match: re.Match[str], first: Decimal, second: Decimal | None
) -> Iterator[Figure]:
    kind, scale, end = _unit(text, match)
    extra = Decimal("0.5") if match["half"] else Decimal(0)
    low, high = (first + extra) * scale, ((first if second is None else second) + extra) * scale
    if kind == "discount":
        kind, low, high = "percent", _off(low), _off(high)
    is_pair = second is not None and re.search(r"\b(?:and|or)\b", match.group())
    before = text[max(0, match.start("first") - 24) : match.start()]
    if is_pair and not re.search(r"between\s*$", before, re.IGNORECASE):
        yield _one(kind, low, match.start())
        yield _one(kind, high, match.start("second"))
        return
    yield Figure(
        kind=kind,
        low=low,
        high=high,
        at=match.start("first"),
        bound=_bound(before, text[end : end + 16]),
    )


def _off(folds: Decimal) -> Decimal:
    """Return the discount in percent: 八折 is 20, 8.5折 is 15."""
    return (Decimal(10) - folds) * 10 if folds < 10 else Decimal(100) - folds


def _unit(text: str, match: re.Match[str]) -> tuple[str, Decimal, int]:
    """Return kind, scale and where the unit ends."""
    sign = (match["sign"] or "").strip()
    if sign == "第" or match["ordinal"]:
        return "ordinal", Decimal(1), match.end()
    if sign:
        return (
            f"money:{_CURRENCY_SIGN.get(sign, 'CNY' if sign == 'RMB' else sign)}",
            Decimal(1),
            match.end(),
        )
    start = match.end()
    for kind, pattern, scale in _UNITS:
        unit = pattern.match(text, start)
        if unit and kind != "number":
            if match["half"] and kind == "months":
                return kind, scale, unit.end()
            return _plain_money(kind, scale, unit.end())
    if match["unit1"]:
        return _unit_of(match["unit1"].strip(), start)
    return "number", Decimal(1), match.end()


def _plain_money(kind: str, scale: Decimal, end: int) -> tuple[str, Decimal, int]:
    return ("money:CNY", Decimal("0.1"), end) if kind == "money:jiao" else (kind, scale, end)


def _unit_of(written: str, end: int) -> tuple[str, Decimal, int]:
    for kind, pattern, scale in _UNITS:
        if kind != "number" and pattern.fullmatch(written):
            return kind, scale, end
    return "number", Decimal(1), end


def _bound(before: str, after: str) -> Bound:
    if _LEAST.search(before) or _OR_MORE.match(after):
        return "min"
    return "max" if _MOST.search(before) or _OR_LESS.match(after) else ""
