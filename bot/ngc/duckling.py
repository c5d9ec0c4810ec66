"""Finds times and amounts of money, by a parser of our own or by a Duckling server."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.ngc.component import Draft, Untrained
from bot.ngc.duckling_parser import amounts, numbers, times
from bot.ngc.duckling_server import DucklingServer
from bot.ngc.entities import merge
from bot.types import Entity

OWN_DIMENSIONS: Final = ("time", "amount-of-money")
"""What the parser of our own looks for unless the project says otherwise."""
MAX_CHARS: Final = 500
"""The parser's regular expressions are slow on long texts."""
_CULTURES: Final = {"zh": "zh-cn"}
_log = logging.getLogger(__name__)

# Only a text that could hold a time or an amount is parsed: the parser takes 1 ms and its import
# 0.5 s, and most messages hold neither. "May" and "sat" alone are too often other words.
_CURRENCY: Final = re.compile(
    r"[$€£¥￥₩₹₽฿元块圆角镑]|人民币|美金|欧|日币|港币|卢布|法郎|(?i:dollar|euro|pound|yuan|renminbi|yen|"
    r"franc|rupee|ruble|won\b|krona|krone|peso|buck|quid|cent|penn(?:y|ies)|"
    r"\b(?:usd|eur|gbp|cny|rmb|jpy|chf|hkd|twd|aud|cad|sgd|inr|krw)|\d\s*(?:usd|eur|gbp|cny|rmb))"
)
"""Only texts that name a currency are searched for amounts."""
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
        wanted = settings.get("dimensions")
        self._dimensions = tuple(str(dimension) for dimension in wanted or OWN_DIMENSIONS)
        url = os.environ.get("RASA_DUCKLING_HTTP_URL") or settings.get("url")
        self._server = DucklingServer.of(str(url), settings) if url else None
        self._now = now or (lambda: datetime.now().astimezone())

    def warm_up(self) -> None:
        """Import the parser now rather than at the first time that a customer mentions."""
        if self._server is None:
            for language, text in (("en", "tomorrow for $5"), ("zh", "明天五元")):
                self._parse(text, language)

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with the times and amounts found; without them if the parser fails."""
        if self._server is not None:
            found = self._server.ask(draft.text, draft.language, self._now())
            return replace(draft, entities=(*draft.entities, *found))
        text = _mask(draft)[:MAX_CHARS]
        if not _TRIGGER.search(text):
            return draft
        try:
            found = self._parse(text, draft.language)
        except Exception:  # noqa: BLE001 - the border to a parser that may fail on odd texts
            _log.warning("entities.failed", exc_info=True)
            return draft
        return replace(draft, entities=merge(draft.entities, found))

    def _parse(self, text: str, language: str) -> list[Entity]:
        culture = _CULTURES.get(language, "en-us")
        found: list[Entity] = []
        if "time" in self._dimensions:
            found += times(text, culture, self._now())
        if "amount-of-money" in self._dimensions and _CURRENCY.search(text):
            found += amounts(text, culture)
        if "number" in self._dimensions:
            found += numbers(text, culture)
        return found


def _mask(draft: Draft) -> str:
    """Return the text with blanks where entities were found: an order number is not a time."""
    letters = list(draft.text)
    for entity in draft.entities:
        if entity.start is not None and entity.end is not None:
            letters[entity.start : entity.end] = " " * (entity.end - entity.start)
    return "".join(letters)
