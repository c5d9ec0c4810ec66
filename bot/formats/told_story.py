"""Conversations as test stories in Rasa's YAML: what was said and done, to be tested again."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from bot.conversation import LISTEN, SESSION_START, Conversation
from bot.events import ActionRan, Event, LoopSet, SlotSet, UserSaid
from bot.types import Entity

VERSION = "3.1"
UNTOLD = (LISTEN, SESSION_START, "action_unlikely_intent", "...")
"""Actions that no story tells."""


def told_stories(name: str, sessions: Sequence[Conversation]) -> str:
    """Return the YAML of the sessions; more than one are numbered."""
    is_numbered = len(sessions) > 1
    stories = [
        {
            "story": f"{name}, story {number}" if is_numbered else name,
            "steps": [step for event in session.events for step in _steps(event)],
        }
        for number, session in enumerate(sessions, 1)
    ]
    document: dict[str, Any] = {"version": DoubleQuotedScalarString(VERSION)}
    if stories:
        document["stories"] = stories
    return _dump(document)


def _steps(event: Event) -> Iterator[dict[str, Any]]:
    match event:
        case UserSaid(reading=reading):
            intent = {"intent": reading.intent.name} if reading.intent.name else {}
            yield intent | {"user": LiteralScalarString(marked_up(event))}
        case ActionRan(name=str(name)) if name not in UNTOLD:
            yield {"action": name}
        case ActionRan(name=None, action_text=str(text)):
            yield {"bot": text}
        case SlotSet(name=name, value=value):
            yield {"slot_was_set": [{name: value}]}
        case LoopSet(name=name):
            yield {"active_loop": name}
        case _:
            return


def marked_up(message: UserSaid) -> str:
    """Return the text with its entities as in training data: `from [Rome](city)`."""
    text = message.text or ""
    if text.startswith("/"):
        return text
    placed = [item for item in message.reading.entities if item.start is not None]
    for entity in sorted(placed, key=lambda item: item.start or 0, reverse=True):
        surface = text[entity.start : entity.end]
        text = f"{text[: entity.start]}[{surface}]{_label(entity, surface)}{text[entity.end :]}"
    return text


def _label(entity: Entity, surface: str) -> str:
    """Return `(city)`, or the long form where the short one cannot say it."""
    more = {"role": entity.role, "group": entity.group}
    given = {key: value for key, value in more.items() if value is not None}
    if entity.value != surface:
        given["value"] = entity.value
    if not given:
        return f"({entity.name})"
    parts = ", ".join(
        f'"{key}": "{value}"' for key, value in ({"entity": entity.name} | given).items()
    )
    return "{" + parts + "}"


def _dump(document: dict[str, Any]) -> str:
    yaml = YAML()
    yaml.width = 2**16  # a text stays on its line
    yaml.representer.add_representer(type(None), _null)
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _null(representer: Any, _value: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")
