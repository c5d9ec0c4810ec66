"""Client of a Duckling server, and the form of the entities that it finds, as in Rasa."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx

from bot.types import Entity

NAME: Final = "DucklingEntityExtractor"
_LOCALES: Final = {"zh": "zh_CN"}
"""Languages whose texts Duckling cannot read in its default locale, which is English."""
_log = logging.getLogger(__name__)


def duckling_entity(
    dimension: str, text: str, start: int, end: int, info: Mapping[str, Any]
) -> Entity:
    """Return the entity of a Duckling value `info`; an interval becomes `{from, to}`."""
    if info.get("type") == "interval":
        value: Any = {key: (info.get(key) or {}).get("value") for key in ("to", "from")}
    else:
        value = info.get("value")
    return Entity(
        name=dimension,
        value=value,
        start=start,
        end=end,
        confidence=1.0,
        extractor=NAME,
        extra={"text": text, "additional_info": dict(info)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DucklingServer:
    """Where times, amounts and so on are found. Safe to use from several threads."""

    url: str
    client: httpx.Client
    dimensions: tuple[str, ...] | None = None
    """None for all that the server knows."""
    locale: str | None = None
    zone: str | None = None

    @classmethod
    def of(cls, url: str, settings: Mapping[str, Any]) -> DucklingServer:
        """Return the client of the server at `url`, with the component's settings."""
        wanted = settings.get("dimensions")
        return cls(
            url=f"{url.rstrip('/')}/parse",
            client=httpx.Client(timeout=float(settings.get("timeout", 3))),
            dimensions=None if wanted is None else tuple(str(item) for item in wanted),
            locale=settings.get("locale"),
            zone=settings.get("timezone"),
        )

    def ask(self, text: str, language: str, now: datetime) -> list[Entity]:
        """Return what the server finds in `text`; nothing when it fails, so that the bot goes on.

        Args:
            text: The whole message.
            language: Of the text; counts only without a configured locale.
            now: What relative times count from.
        """
        try:
            answer = self.client.post(self.url, data=self._fields(text, language, now))
            answer.raise_for_status()
            return [
                duckling_entity(
                    item["dim"], item["body"], item["start"], item["end"], item["value"]
                )
                for item in answer.json()
                if self.dimensions is None or item["dim"] in self.dimensions
            ]
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.error(
                "the Duckling server at %s failed (%s); no entities from it",
                self.url,
                type(error).__name__,
            )
            return []

    def _fields(self, text: str, language: str, now: datetime) -> dict[str, str]:
        locale = self.locale or _LOCALES.get(language)
        readable = text.encode("utf-8", "replace").decode("utf-8")
        return {
            "text": readable,
            "dims": json.dumps(self.dimensions),
            "reftime": str(int(now.timestamp() * 1000)),
            **({"locale": locale} if locale else {}),
            **({"tz": self.zone} if self.zone else {}),
        }
