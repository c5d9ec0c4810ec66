"""Reading conversations: events, lists, counts, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select, true

from bot.mood import ANGRY, UPSET
from bot.stores import rows
from bot.stores.connection import Connection
from bot.stores.store import StoredEvent, Summary, View
from bot.stores.tables import NEW, conversation, event, inbox

# As `bot.mood.priority_of`.
_PRIORITY = case((conversation.c.temper >= ANGRY, 2), (conversation.c.temper >= UPSET, 1), else_=0)
_QUEUE_ORDER = (_PRIORITY.desc(), conversation.c.waiting_since)


async def is_done(connection: Connection, inbox_id: int) -> bool:
    """Return whether the message waits no longer."""
    query = select(inbox.c.status).where(inbox.c.id == inbox_id)
    status = (await connection.execute(query)).scalar()
    return status is not None and status != NEW


async def events(
    connection: Connection, conversation_id: str, after_seq: int, limit: int | None
) -> tuple[StoredEvent, ...]:
    """Return the conversation's events after `after_seq`."""
    query = (
        select(event)
        .where(event.c.conversation_id == conversation_id, event.c.seq > after_seq)
        .order_by(event.c.seq)
        .limit(limit)
    )
    return await _events(connection, query)


async def events_of(connection: Connection, inbox_id: int) -> tuple[StoredEvent, ...]:
    """Return the events that one message led to."""
    return await _events(
        connection, select(event).where(event.c.inbox_id == inbox_id).order_by(event.c.seq)
    )


async def summary(connection: Connection, conversation_id: str) -> Summary | None:
    """Return one conversation, None if unknown."""
    found = await _summaries(
        connection, select(conversation).where(conversation.c.id == conversation_id)
    )
    return found[0] if found else None


async def summaries(
    connection: Connection, view: View, operator_id: str | None, limit: int
) -> tuple[Summary, ...]:
    """Return the conversations of a list, in its order."""
    order = _QUEUE_ORDER if view == "queue" else (conversation.c.updated_at.desc(),)
    query = select(conversation).where(_is_in(view, operator_id))
    return await _summaries(connection, query.order_by(*order, conversation.c.id).limit(limit))


async def counts(connection: Connection, operator_id: str | None) -> Mapping[View, int]:
    """Return the length of every list."""
    state = conversation.c.state
    by_state = select(state, func.count().label("number")).group_by(state)
    found = {row.state: row.number for row in await connection.execute(by_state)}
    own = select(func.count()).where(_is_in("mine", operator_id))
    return {
        "queue": found.get("queued", 0),
        "mine": (await connection.execute(own)).scalar_one(),
        "bot": found.get("bot", 0),
        "assigned": found.get("assigned", 0),
        "resolved": found.get("resolved", 0),
        "all": sum(found.values()),
    }


async def changed_since(
    connection: Connection, cursor: int, limit: int
) -> tuple[int, tuple[Summary, ...]]:
    """Return the next cursor and what changed after `cursor`, oldest change first."""
    query = (
        select(conversation)
        .where(conversation.c.changed > cursor)
        .order_by(conversation.c.changed)
        .limit(limit)
    )
    found = list((await connection.execute(query)).mappings())
    last = found[-1]["changed"] if found else cursor
    return last, tuple(rows.summary(row) for row in found)


def _is_in(view: View, operator_id: str | None) -> ColumnElement[bool]:
    state = conversation.c.state
    match view:
        case "queue":
            return state == "queued"
        case "mine":
            return (state == "assigned") & (conversation.c.assignee_id == operator_id)
        case "all":
            return true()
        case _:
            return state == view


async def _events(connection: Connection, query: Select[Any]) -> tuple[StoredEvent, ...]:
    found = (await connection.execute(query)).mappings()
    return tuple(rows.stored_event(row) for row in found)


async def _summaries(connection: Connection, query: Select[Any]) -> tuple[Summary, ...]:
    return tuple(rows.summary(row) for row in (await connection.execute(query)).mappings())
