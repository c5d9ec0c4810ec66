"""A conversation as lines of text: who said what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.events import BotSaid, Event, OperatorSaid, UserSaid, is_external

Speaker = Literal["customer", "bot", "agent"]


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said."""

    speaker: Speaker
    text: str

    def __str__(self) -> str:
        """Return `customer: text`."""
        return f"{self.speaker}: {self.text}"


def lines(events: Iterable[Event]) -> tuple[Line, ...]:
    """Return what was said, in order; a pressed button as its title."""
    found: list[Line] = []
    for event in events:
        match event:
            case UserSaid() if not is_external(event) and event.text:
                found.append(Line("customer", str(event.metadata.get("title") or event.text)))
            case BotSaid() if event.reply.text:
                found.append(Line("bot", event.reply.text))
            case OperatorSaid():
                found.append(Line("agent", event.text))
            case _:
                continue
    return tuple(found)
