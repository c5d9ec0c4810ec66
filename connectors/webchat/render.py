"""Stored events as the widget's frames. Pure; what the customer may not see has no frame."""

from __future__ import annotations

from typing import Any

from bot.events import (
    BotSaid,
    HandoffRequested,
    OperatorJoined,
    OperatorLeft,
    OperatorSaid,
    Resolved,
    UserSaid,
)
from bot.stores.store import StoredEvent, Summary
from bot.types import Reply


def frame(stored: StoredEvent) -> dict[str, Any] | None:
    """Return the frame of an event, None for what the customer does not see.

    `seq` is the public sequence: dense over what the customer sees.
    """
    if stored.public_seq is None:
        return None
    match stored.event:
        case UserSaid() as said:
            shown = said.metadata.get("title") or said.text or ""
            return _message(stored, "customer", None, [_text(str(shown))]) | {"cid": stored.cid}
        case BotSaid() as said:
            return _message(stored, "bot", None, parts(said.reply))
        case OperatorSaid() as said:
            return _message(stored, "agent", said.operator_name, [_text(said.text)])
        case HandoffRequested():
            return _state(stored, "queued", None)
        case OperatorJoined() as joined:
            return _state(stored, "assigned", joined.operator_name)
        case OperatorLeft() as left:
            return _state(stored, "bot", None) | {"left": left.operator_name}
        case Resolved():
            return _state(stored, "resolved", None)
        case _:
            return None


def parts(reply: Reply) -> list[dict[str, Any]]:
    """Return the parts of a bot message: text, image, sources, buttons."""
    found: list[dict[str, Any]] = [_text(reply.text)] if reply.text else []
    if reply.image:
        found.append({"type": "image", "url": reply.image, "alt": ""})
    if reply.sources:
        items = [{"title": s.title, "url": s.url, "score": s.score} for s in reply.sources]
        found.append({"type": "sources", "items": items})
    if reply.buttons:
        choices = [{"title": b.title, "payload": b.payload} for b in reply.buttons]
        found.append({"type": "buttons", "items": choices})
    return found


def state_now(summary: Summary | None) -> str:
    """Return the state to show when the chat opens."""
    return summary.state if summary else "bot"


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "md": text}


def _message(
    stored: StoredEvent, kind: str, name: str | None, content: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "t": "msg",
        "seq": stored.public_seq,
        "id": f"m_{stored.seq}",
        "from": {"kind": kind, "name": name},
        "ts": stored.event.at.isoformat(),
        "parts": content,
    }


def _state(stored: StoredEvent, state: str, agent: str | None) -> dict[str, Any]:
    return {
        "t": "state",
        "seq": stored.public_seq,
        "state": state,
        "agent": {"name": agent} if agent else None,
        "position": None,
        "ts": stored.event.at.isoformat(),
    }
