"""Leases: who may work on a conversation, and until when."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import LeaseLost
from bot.stores import rows
from bot.stores.store import InboxRow, Lease
from bot.stores.tables import NEW, Now, conversation, inbox
from bot.types import ConversationId


async def claim(connection: AsyncConnection, limit: int, lease_s: float) -> tuple[Lease, ...]:
    """Lease up to `limit` conversations that wait, those that wait longest first."""
    due = (
        select(conversation.c.id)
        .where(
            conversation.c.pending > 0,
            conversation.c.lease_until <= Now(),
            conversation.c.retry_at <= Now(),
        )
        .order_by(conversation.c.pending_since, conversation.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    token = secrets.token_hex(16)
    take = (
        update(conversation)
        .where(conversation.c.id.in_(select(due.c.id)))
        .values(lease_until=Now() + lease_s, lease_token=token)
        .returning(
            conversation.c.id,
            conversation.c.owner_epoch,
            conversation.c.state,
            conversation.c.pending_since,
        )
    )
    taken = list((await connection.execute(take)).mappings())
    if not taken:
        return ()
    waiting = await _waiting(connection, [row["id"] for row in taken])
    taken.sort(key=lambda row: (row["pending_since"], row["id"]))
    return tuple(
        Lease(
            conversation_id=ConversationId(row["id"]),
            token=token,
            epoch=row["owner_epoch"],
            state=row["state"],
            rows=tuple(waiting[row["id"]]),
        )
        for row in taken
        if row["id"] in waiting
    )


async def renew(connection: AsyncConnection, lease: Lease, lease_s: float) -> None:
    """Let `lease` end `lease_s` from now.

    Raises:
        LeaseLost: somebody else holds the conversation.
    """
    if not await _set_lease(connection, lease, {"lease_until": Now() + lease_s}):
        raise LeaseLost(f"{lease.conversation_id}: another worker holds the conversation")


async def release(connection: AsyncConnection, lease: Lease) -> None:
    """End `lease`, unless it was lost."""
    await _set_lease(connection, lease, {"lease_until": 0.0, "lease_token": None})


async def _set_lease(connection: AsyncConnection, lease: Lease, values: Mapping[str, Any]) -> bool:
    change = (
        update(conversation)
        .where(
            conversation.c.id == lease.conversation_id,
            conversation.c.lease_token == lease.token,
        )
        .values(values)
    )
    result: CursorResult[Any] = await connection.execute(change)
    return result.rowcount == 1


async def _waiting(connection: AsyncConnection, ids: list[str]) -> dict[str, list[InboxRow]]:
    """Return the unanswered messages of the leased conversations, in order."""
    query = (
        select(inbox)
        .where(inbox.c.conversation_id.in_(ids), inbox.c.status == NEW)
        .order_by(inbox.c.id)
    )
    found: dict[str, list[InboxRow]] = {}
    for row in (await connection.execute(query)).mappings():
        waiting = InboxRow(
            id=row["id"],
            inbound=rows.inbound(row),
            received_at=rows.time(row["received_at"]),
            attempts=row["attempts"],
        )
        found.setdefault(row["conversation_id"], []).append(waiting)
    return found
