"""Finds times and amounts of money, by a parser of our own or by a Duckling server."""

from __future__ import annotations

import json
import logging
import os
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.ngc.component import Draft, Untrained
from bot.ngc.entities import merge
from bot.types import Entity

NAME: Final = "DucklingEntityExtractor"
DIMENSIONS: Final = ("time", "amount-of-money", "number")
MAX_CHARS: Final = 500
"""The parser's regular expressions are slow on long texts."""
_CULTURES: Final = {"zh": "zh-cn"}
_log = logging.getLogger(__name__)

# Only a text that could hold a time or an amount is parsed: the parser takes 5 to 30 ms and its
# import 0.5 s, and most messages hold neither. "May" and "sat" alone are too often other words.
_CURRENCY: Final = re.compile(
    r"[$€£¥￥₩₹₽฿元块圆角镑]|人民币|美金|欧|日币|港币|卢布|法郎|(?i:dollar|euro|pound|yuan|renminbi|yen|"
    r"franc|rupee|ruble|won\b|krona|krone|peso|buck|quid|cent|penn(?:y|ies)|"
    r"\b(?:usd|eur|gbp|cny|rmb|jpy|chf|hkd|twd|aud|cad|sgd|inr|krw)|\d\s*(?:usd|eur|gbp|cny|rmb))"
)
"""Recognising money takes 30 ms: only texts that name a currency are searched for it."""
_TRIGGER: Final = re.compile(
    r"""\d|[$€£¥￥]|[零一二两三四五六七八九十百千万半几]
    |[年月日号周点分秒时天]|星期|礼拜|今|昨|早上|上午|中午|下午|晚上|凌晨|现在|刚才|元|块|毛
    |\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty
    |fifty|hundred|thousand|half|now|today|tonight|tomorrow|yesterday|noon|midnight|morning
    |afternoon|evening|night|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|seconds?|minutes?
    |hours?|days?|weeks?|weekends?|months?|years?|january|february|march|april|june|july
    |august|september|october|november|december|christmas|easter|dollars?|bucks|euros?|pounds?
    |cents?|yuan|rmb|usd|eur|gbp|cny)\b""",
    re.IGNORECASE | re.VERBOSE,
)


class DucklingEntityExtractor(Untrained):
    """Rasa's `DucklingEntityExtractor`; without `url` it needs no server."""

    def __init__(
        self, settings: Mapping[str, Any], *, now: Callable[[], datetime] | None = None
    ) -> None:
        """Read Rasa's `dimensions`, `url`, `locale`, `timezone` and `timeout`.

        Args:
            settings: The component's settings in config.yml.
            now: What relative times count from; an aware time.
        """
        wanted = settings.get("dimensions") or ("time", "amount-of-money")
        self._dimensions = tuple(str(dimension) for dimension in wanted)
        self._url = os.environ.get("RASA_DUCKLING_HTTP_URL") or settings.get("url")
        self._locale, self._zone = settings.get("locale"), settings.get("timezone")
        self._timeout_s = float(settings.get("timeout", 3))
        self._now = now or (lambda: datetime.now().astimezone())

    def warm_up(self) -> None:
        """Import the parser now rather than at the first time that a customer mentions."""
        if not self._url:
            for language, text in (("en", "tomorrow for $5"), ("zh", "明天五元")):
                self._parse(text, language)

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with the times and amounts found; without them if the parser fails."""
        text = _mask(draft)[:MAX_CHARS]
        if not self._url and not _TRIGGER.search(text):
            return draft
        try:
            found = self._ask(text, draft) if self._url else self._parse(text, draft.language)
        except Exception:  # noqa: BLE001 - the border to a parser that may fail on odd texts
            _log.warning("entities.failed", exc_info=True)
            return draft
        return replace(draft, entities=merge(draft.entities, found))

    def _parse(self, text: str, language: str) -> list[Entity]:
        culture = _CULTURES.get(language, "en-us")
        found: list[Entity] = []
        if "time" in self._dimensions:
            found += _times(text, culture, self._now())
        if "amount-of-money" in self._dimensions and _CURRENCY.search(text):
            found += _amounts(text, culture)
        if "number" in self._dimensions:
            found += _numbers(text, culture)
        return found

    def _ask(self, text: str, draft: Draft) -> list[Entity]:
        fields = {
            "text": text,
            "locale": self._locale or {"en": "en_GB", "zh": "zh_CN"}.get(draft.language, "en_GB"),
            "tz": self._zone or "UTC",
            "dims": json.dumps(self._dimensions),
            "reftime": str(int(self._now().timestamp() * 1000)),
        }
        url = f"{str(self._url).rstrip('/')}/parse"
        body = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(url, body, timeout=self._timeout_s) as response:  # noqa: S310 - the URL is the owner's setting
            answers = json.load(response)
        return [
            _entity(
                answer["dim"],
                text,
                answer["start"],
                answer["end"],
                _duckling_value(answer["value"]),
                answer["value"],
            )
            for answer in answers
            if answer["dim"] in self._dimensions
        ]


def _mask(draft: Draft) -> str:
    """Return the text with blanks where entities were found: an order number is not a time."""
    letters = list(draft.text)
    for entity in draft.entities:
        if entity.start is not None and entity.end is not None:
            letters[entity.start : entity.end] = " " * (entity.end - entity.start)
    return "".join(letters)


def _entity(
    name: str, text: str, start: int, end: int, value: Any, info: Mapping[str, Any]
) -> Entity:
    return Entity(
        name=name,
        value=value,
        start=start,
        end=end,
        confidence=1.0,
        extractor=NAME,
        extra={"text": text[start:end], "additional_info": dict(info)},
    )


def _duckling_value(value: Mapping[str, Any]) -> Any:
    if value.get("type") == "interval":
        return {key: (value.get(key) or {}).get("value") for key in ("from", "to")}
    return value.get("value")


def _times(text: str, culture: str, now: datetime) -> list[Entity]:
    from recognizers_date_time import recognize_datetime

    found = []
    # The parser knows no time zones: it gets and gives the local time.
    for match in recognize_datetime(text, culture, reference=now.replace(tzinfo=None)):
        choices = [
            value
            for one in _resolution(match).get("values") or ()
            if (value := _time_value(one, now)) is not None
        ]
        if choices:
            value = _next(choices, now)
            kind = "interval" if isinstance(value, dict) else "value"
            info = {"type": kind, "value": value, "values": choices}
            found.append(_entity("time", text, match.start, match.end + 1, value, info))
    return found


def _resolution(match: Any) -> Mapping[str, Any]:
    """Return what the parser made of a match; it declares the values as `object`."""
    return match.resolution or {}


def _next(choices: Sequence[Any], now: datetime) -> Any:
    """Return the first choice that is not over: who writes "Monday" means the coming one."""
    for choice in choices:
        moment = (choice["to"] or choice["from"]) if isinstance(choice, dict) else choice
        if moment and datetime.fromisoformat(moment) >= now:
            return choice
    return choices[-1]


def _time_value(one: Mapping[str, str], now: datetime) -> Any:
    kind = one.get("type", "")
    if kind in ("daterange", "datetimerange", "timerange"):
        start, end = _moment(one.get("start"), now), _moment(one.get("end"), now)
        return {"from": start, "to": end} if start or end else None
    if kind in ("date", "datetime", "time"):
        return _moment(one.get("value"), now)
    return None


def _moment(text: str | None, now: datetime) -> str | None:
    """Return `text` as ISO 8601 with zone and milliseconds, as Duckling writes it."""
    if not text:
        return None
    try:
        if "-" in text:
            moment = datetime.fromisoformat(text).replace(tzinfo=now.tzinfo)
        else:
            clock = datetime.strptime(text, "%H:%M:%S").time()  # noqa: DTZ007 - the next line adds the zone
            moment = datetime.combine(now.date(), clock, tzinfo=now.tzinfo)
            moment += timedelta(days=1) if moment < now else timedelta()
    except ValueError:
        return None
    return moment.isoformat(timespec="milliseconds")


def _amounts(text: str, culture: str) -> list[Entity]:
    from recognizers_number_with_unit import recognize_currency

    found = []
    for match in recognize_currency(text, culture):
        resolution = _resolution(match)
        amount = _number(resolution.get("value"))
        if amount is not None:
            unit = resolution.get("isoCurrency") or resolution.get("unit")
            info = {"type": "value", "value": amount, "unit": unit}
            found.append(_entity("amount-of-money", text, match.start, match.end + 1, amount, info))
    return found


def _numbers(text: str, culture: str) -> list[Entity]:
    from recognizers_number import recognize_number

    return [
        _entity("number", text, match.start, match.end + 1, number, {"value": number})
        for match in recognize_number(text, culture)
        if (number := _number(_resolution(match).get("value"))) is not None
    ]


def _number(text: Any) -> int | float | None:
    try:
        number = float(text)
    except (TypeError, ValueError):
        return None
    return int(number) if number.is_integer() else number
