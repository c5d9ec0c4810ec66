"""Which events of a conversation its Socket.IO client is told, and from where on. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.events import BotSaid, OperatorSaid, UserSaid
from bot.stores.store import StoredEvent
from bot.types import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a session was told its conversation."""

    seq: int = 0
    """The last event that was passed on or over."""
    is_here: bool = True
    """Whether the customer's last message came by this channel; what follows is meant for it."""


def follow(position: Position, stored: StoredEvent, channel: str) -> tuple[Position, Reply | None]:
    """Return the position after `stored`, and what the client is to be told."""
    match stored.event:
        case UserSaid() as said:
            return Position(seq=stored.seq, is_here=said.channel in (None, channel)), None
        case BotSaid() as said:
            reply = said.reply
        case OperatorSaid() as said:
            reply = Reply(text=said.text)
        case _:
            reply = None
    after = Position(seq=stored.seq, is_here=position.is_here)
    return after, reply if position.is_here else None
