"""Reminders: set and cancelled in a commit, moved to the inbox once when they are due."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import ReminderCancelled, ReminderSet
from bot.formats.events import entities_from_rasa
from bot.stores import rows
from bot.stores.accept import accept
from bot.stores.store import Inbound
from bot.stores.tables import Now, conversation, timer
from bot.types import ConversationId, Entity, ExternalIntent

KIND = "reminder"
"""The kind of timer that there is; also names who triggered the inbox row."""

_log = structlog.get_logger(__name__)


async def change(
    connection: AsyncConnection,
    conversation_id: str,
    events: Sequence[ReminderSet | ReminderCancelled],
) -> None:
    """Set and cancel reminders of a locked conversation, in the order of `events`."""
    for event in events:
        if isinstance(event, ReminderSet):
            await _set(connection, conversation_id, event)
        else:
            await _cancel(connection, conversation_id, event)


async def next_due_s(connection: AsyncConnection) -> float | None:
    """Return in how many seconds the next timer is due (negative: since when), None without any."""
    return (await connection.execute(select(func.min(timer.c.due_at) - Now()))).scalar()


async def fire(connection: AsyncConnection, limit: int) -> int:
    """Move up to `limit` due timers to the inbox; return how many.

    A timer is deleted where its inbox row is written, so that whoever comes second finds none.
    The conversations are locked first, as in every other transaction.
    """
    due = (
        select(timer.c.id, timer.c.conversation_id)
        .where(timer.c.due_at <= Now())
        .order_by(timer.c.due_at, timer.c.id)
        .limit(limit)
    )
    found = list((await connection.execute(due)).all())
    if not found:
        return 0
    senders = await _lock(connection, {row.conversation_id for row in found})
    take = (
        # Again by time: a reminder may have been set anew while its conversation was locked.
        delete(timer)
        .where(timer.c.id.in_([row.id for row in found]), timer.c.due_at <= Now())
        .returning(*timer.c)
    )
    taken = sorted(
        (await connection.execute(take)).mappings(), key=lambda row: (row["due_at"], row["id"])
    )
    if taken:
        await accept(connection, [_inbound(row, senders) for row in taken])
    return len(taken)


async def _set(connection: AsyncConnection, conversation_id: str, event: ReminderSet) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    payload = {
        "intent": event.intent,
        "entities": event.entities,
        "kill_on_user_message": event.kill_on_user_message,
    }
    values = {"due_at": event.due_at.timestamp(), "payload": rows.dump(payload)}
    new = dialect.insert(timer).values(
        conversation_id=conversation_id, kind=KIND, key=event.name, **values
    )
    await connection.execute(
        new.on_conflict_do_update(index_elements=["conversation_id", "kind", "key"], set_=values)
    )


async def _cancel(
    connection: AsyncConnection, conversation_id: str, event: ReminderCancelled
) -> None:
    """Delete the reminders that match every given filter; without any filter all."""
    own = select(timer).where(timer.c.conversation_id == conversation_id, timer.c.kind == KIND)
    found = (await connection.execute(own)).mappings()
    ids = [row["id"] for row in found if _matches(row, event)]
    if ids:
        await connection.execute(delete(timer).where(timer.c.id.in_(ids)))


def _matches(row: Mapping[Any, Any], event: ReminderCancelled) -> bool:
    payload = json.loads(row["payload"])
    return (
        (not event.name or row["key"] == event.name)
        and (not event.intent or payload["intent"] == event.intent)
        and (not event.entities or payload["entities"] == event.entities)
    )


async def _lock(connection: AsyncConnection, ids: set[str]) -> dict[str, str]:
    """Return the senders of the conversations, locked in id order until the transaction ends."""
    query = (
        select(conversation.c.id, conversation.c.sender_id)
        .where(conversation.c.id.in_(sorted(ids)))
        .order_by(conversation.c.id)
        .with_for_update()
    )
    return {row.id: row.sender_id for row in await connection.execute(query)}


def _inbound(row: Mapping[Any, Any], senders: Mapping[str, str]) -> Inbound:
    payload = json.loads(row["payload"])
    external = ExternalIntent(
        name=payload["intent"],
        entities=_entities(row["key"], payload["entities"]),
        reminder=row["key"],
        kill_on_user_message=payload["kill_on_user_message"],
    )
    return Inbound(
        channel=KIND,
        dedupe_key=str(row["id"]),
        conversation_id=ConversationId(row["conversation_id"]),
        sender_id=senders.get(row["conversation_id"], row["conversation_id"]),
        text=external.text,
        external=external,
    )


def _entities(name: str, data: Any) -> tuple[Entity, ...]:
    try:
        return entities_from_rasa(data)
    except ValueError as error:  # the reminder still fires, as in Rasa
        _log.warning("reminder.entities_ignored", reminder=name, problem=str(error))
        return ()
