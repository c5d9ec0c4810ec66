"""Reads messages that name their intent, such as `/inform@0.9{"city": "Berlin"}`.

Buttons send them. The semantics are those of Rasa's `RegexMessageHandler`.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection
from typing import Any, Final

from bot.types import Entity, Intent, Reading

PREFIX: Final = "/"
EXTRACTOR: Final = "RegexMessageHandler"
_MESSAGE: Final = re.compile(
    r"^\s*/(?P<intent>[^{@]+)(?:@(?P<confidence>[0-9.]+))?(?P<entities>\{.+\})?", re.DOTALL
)
_log = logging.getLogger(__name__)


def read_regex_message(
    text: str, *, intents: Collection[str], entities: Collection[str]
) -> Reading | None:
    """Return the reading that `text` spells out; None if it is a text like any other.

    - The confidence is 1 if missing or not a number, and at most 1.
    - An intent that is not in `intents` makes the message a normal text.
    - What follows and is no JSON object is ignored.
    - Entities that are not in `entities` are dropped; a list gives one entity per element.
    - All entities have the offsets of the JSON.
    """
    match = _MESSAGE.match(text)
    if match is None:
        return None
    name = match["intent"].strip()
    if name not in intents:
        _log.warning("message.intent_unknown")
        return None
    intent = Intent(name=name, confidence=_confidence(match["confidence"]))
    known = tuple(entity for entity in _entities(match) if entity.name in entities)
    return Reading(text=text, intent=intent, ranking=(intent,), entities=known)


def spelt_entities(text: str) -> tuple[Entity, ...]:
    """Return the entities that `text` spells out, whatever its intent; none of another text."""
    match = _MESSAGE.match(text)
    return _entities(match) if match is not None else ()


def _confidence(text: str | None) -> float:
    try:
        return min(1.0, float(text)) if text else 1.0
    except ValueError:
        return 1.0


def _entities(match: re.Match[str]) -> tuple[Entity, ...]:
    if not match["entities"]:
        return ()
    try:
        values: Any = json.loads(match["entities"])
    except (ValueError, RecursionError):
        _log.warning("message.entities_damaged")
        return ()
    start, end = match.span("entities")
    return tuple(
        Entity(name=name, value=value, start=start, end=end, extractor=EXTRACTOR)
        for name, given in values.items()
        for value in (given if isinstance(given, list) else [given])
    )
