"""What another system asks of a conversation, done with the engine.

The bodies are JSON: `append` and `replace` have `events` in Rasa's form, `log` has `text` and
perhaps `parse_data`, `execute` has `action`, `policy` and `confidence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.conversation import SESSION_START, Conversation
from bot.engine import Engine, Turn
from bot.events import ActionRan, Event, HistoryReplaced, SessionStarted
from bot.formats.events import from_rasa, reading_from_rasa
from bot.types import Message, Operation


def acts_as_bot(operation: Operation) -> bool:
    """Tell whether the bot speaks, which it must not while a person has the conversation."""
    return operation.name == "execute"


async def operate(operation: Operation, conversation: Conversation, engine: Engine) -> Turn:
    """Return what `operation` leads to."""
    body = operation.body
    match operation.name:
        case "append":
            events = _read(body["events"])
            if begins_session(events):
                return Turn(conversation=conversation).after(*events)
            return (await _started(conversation, engine)).after(*events)
        case "replace":
            events = (HistoryReplaced(), *_read(body["events"]))
            return Turn(conversation=conversation).after(*events)
        case "log":
            return await _logged(body, conversation, engine)
        case "execute":
            return await engine.execute_action(
                body["action"], conversation, policy=body["policy"],
                confidence=body["confidence"], channel=operation.output_channel,
            )  # fmt: skip


def begins_session(events: Iterable[Event]) -> bool:
    """Tell whether `events` start with a session of their own."""
    first, second = [*events, None, None][:2]
    is_start = isinstance(first, ActionRan) and first.name == SESSION_START
    return is_start and isinstance(second, SessionStarted)


async def _started(conversation: Conversation, engine: Engine) -> Turn:
    """Return the turn that starts a new conversation's session; nothing for a known one."""
    if conversation.events:
        return Turn(conversation=conversation)
    return await engine.start_session(conversation)


async def _logged(body: Mapping[str, Any], conversation: Conversation, engine: Engine) -> Turn:
    text, parsed = body["text"], body["parse_data"]
    message = Message(
        id=body["message_id"],
        conversation_id=conversation.id,
        channel="",
        sender_id=conversation.sender_id,
        text=text,
        sent_at=datetime.now(UTC),
    )
    reading = None if parsed is None else reading_from_rasa(parsed, text)
    return await engine.log(message, conversation, reading)


def _read(events: Iterable[Mapping[str, Any]]) -> tuple[Event, ...]:
    return tuple(from_rasa(event) for event in events)
