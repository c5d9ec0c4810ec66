"""Finds times, amounts of money and numbers without a server, in Duckling's form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.ngc.duckling_server import duckling_entity
from bot.ngc.recognizers import recognized_amounts, recognized_numbers, recognized_times
from bot.types import Entity

_PERIOD: Final = re.compile(r"[\dX]{4}(?P<month>-\d{2})?(?P<week>-W\d{2})?")
"""A timex of a whole year, month or week: Duckling tells its start, not an interval."""


def times(text: str, culture: str, now: datetime) -> list[Entity]:
    """Return the times that `text` speaks of, in the zone of `now`."""
    found: list[Entity] = []
    # The parser knows no time zones: it gets and gives the local time.
    for match in recognized_times(text, culture, now.replace(tzinfo=None)):
        choices = [
            choice
            for one in _resolution(match).get("values") or ()
            if (choice := _time_choice(one, now)) is not None
        ]
        if choices:
            info = _next(choices, now) | {"values": choices}
            found.append(_entity("time", text, match, info))
    return found


def amounts(text: str, culture: str) -> list[Entity]:
    """Return the amounts of money that `text` speaks of."""
    found: list[Entity] = []
    for match in recognized_amounts(text, culture):
        resolution = _resolution(match)
        amount = _number(resolution.get("value"))
        if amount is not None:
            unit = resolution.get("isoCurrency") or resolution.get("unit")
            info = {"type": "value", "value": amount, "unit": unit}
            found.append(_entity("amount-of-money", text, match, info))
    return found


def numbers(text: str, culture: str) -> list[Entity]:
    """Return the numbers in `text`."""
    return [
        _entity("number", text, match, {"type": "value", "value": number})
        for match in recognized_numbers(text, culture)
        if (number := _number(_resolution(match).get("value"))) is not None
    ]


def _entity(dimension: str, text: str, match: Any, info: Mapping[str, Any]) -> Entity:
    start, end = match.start, match.end + 1
    return duckling_entity(dimension, text[start:end], start, end, info)


def _resolution(match: Any) -> Mapping[str, Any]:
    """Return what the parser made of a match; it declares the values as `object`."""
    return match.resolution or {}


def _next(choices: Sequence[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """Return the first choice that is not over: who writes "Monday" means the coming one."""
    for choice in choices:
        end = choice.get("to") or choice.get("from") or choice
        if datetime.fromisoformat(end["value"]) >= now:
            return choice
    return choices[-1]


def _time_choice(one: Mapping[str, str], now: datetime) -> dict[str, Any] | None:
    """Return one reading of a time as Duckling's `value` or `interval`."""
    timex, kind = one.get("timex", ""), one.get("type", "")
    if kind in ("date", "datetime", "time"):
        return _point(one.get("value"), now, _grain(timex))
    if kind == "daterange" and "Mod" not in one and (period := _PERIOD.fullmatch(timex)):
        grain = "week" if period["week"] else "month" if period["month"] else "year"
        return _point(one.get("start"), now, grain)
    if kind in ("daterange", "datetimerange", "timerange"):
        grain = "day" if kind == "daterange" else "hour"
        sides = {"from": _moment(one.get("start"), now), "to": _moment(one.get("end"), now)}
        known = {side: {"value": at, "grain": grain} for side, at in sides.items() if at}
        return {**known, "type": "interval"} if known else None
    return None


def _point(text: str | None, now: datetime, grain: str) -> dict[str, Any] | None:
    moment = _moment(text, now)
    return {"value": moment, "grain": grain, "type": "value"} if moment else None


def _grain(timex: str) -> str:
    """Return how exact a time is: `2024-05-07` is a day, `T17` an hour, `T17:30` a minute."""
    if "REF" in timex:
        return "second"
    _, has_time, clock = timex.partition("T")
    return ("hour", "minute", "second")[min(clock.count(":"), 2)] if has_time else "day"


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


def _number(text: Any) -> int | float | None:
    try:
        number = float(text)
    except (TypeError, ValueError):
        return None
    return int(number) if number.is_integer() else number
