"""Leases: who may work on a conversation, and until when."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Double, Integer, String, bindparam, select, update

from bot.errors import LeaseLost, StoreError
from bot.stores import rows
from bot.stores.connection import Connection
from bot.stores.store import InboxRow, Lease
from bot.stores.tables import NEW, Now, conversation, inbox, outbox
from bot.types import ConversationId

Change = tuple[Lease, float | None]
"""A lease with the seconds that it shall last from now, None to release it."""

# Statements of every turn are built once: building them takes longer than executing them.
_DUE = (
    select(conversation.c.id)
    .where(
        conversation.c.pending > 0,
        conversation.c.lease_until <= Now(),
        conversation.c.retry_at <= Now(),
    )
    .order_by(conversation.c.pending_since, conversation.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_TAKE = (
    update(conversation)
    .where(conversation.c.id.in_(select(_DUE.c.id)))
    .values(
        lease_until=Now() + bindparam("lease_s", type_=Double),
        lease_token=bindparam("token", type_=String),
    )
    .returning(
        conversation.c.id,
        conversation.c.owner_epoch,
        conversation.c.state,
        conversation.c.last_seq,
        conversation.c.pending_since,
    )
)
_WAITING = (
    select(inbox)
    .where(inbox.c.conversation_id.in_(bindparam("ids", expanding=True)), inbox.c.status == NEW)
    .order_by(inbox.c.id)
)


async def claim(connection: Connection, limit: int, lease_s: float) -> tuple[Lease, ...]:
    """Lease up to `limit` conversations that wait, those that wait longest first."""
    token = secrets.token_hex(16)
    values = {"most": limit, "lease_s": lease_s, "token": token}
    taken = list((await connection.execute(_TAKE, values)).mappings())
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
            last_seq=row["last_seq"],
            rows=tuple(waiting[row["id"]]),
        )
        for row in taken
        if row["id"] in waiting
    )


async def change_leases(connection: Connection, batch: Sequence[Change]) -> list[StoreError | None]:
    """Renew or release the leases of `batch`; one that was lost fails alone."""
    ids = sorted({lease.conversation_id for lease, _ in batch})
    query = (
        select(conversation.c.id, conversation.c.lease_token)
        .where(conversation.c.id.in_(ids))
        .order_by(conversation.c.id)
        .with_for_update()
    )
    tokens = {row.id: row.lease_token for row in await connection.execute(query)}
    results: list[StoreError | None] = []
    held: dict[float | None, list[str]] = {}
    for lease, lease_s in batch:
        if tokens.get(lease.conversation_id) == lease.token:
            held.setdefault(lease_s, []).append(lease.conversation_id)
            results.append(None)
        else:
            problem = f"{lease.conversation_id}: another worker holds the conversation"
            results.append(None if lease_s is None else LeaseLost(problem))
    # Releases last: a heartbeat that comes late must not hold what its worker gave back.
    for lease_s in sorted(held, key=lambda lease_s: lease_s is None):
        until: Any = 0.0 if lease_s is None else Now() + lease_s
        change = update(conversation).where(conversation.c.id.in_(held[lease_s]))
        values = {"lease_until": until} | ({"lease_token": None} if lease_s is None else {})
        await connection.execute(change.values(values))
    return results


async def end_all(connection: Connection) -> None:
    """End every lease, of conversations and of replies; only for who is alone with the database."""
    for table, values in (
        (conversation, {"lease_until": 0.0, "lease_token": None}),
        (outbox, {"lease_until": 0.0}),
    ):
        await connection.execute(update(table).where(table.c.lease_until > 0).values(**values))


async def _waiting(connection: Connection, ids: list[str]) -> dict[str, list[InboxRow]]:
    """Return the unanswered messages of the leased conversations, in order."""
    found: dict[str, list[InboxRow]] = {}
    for row in (await connection.execute(_WAITING, {"ids": ids})).mappings():
        waiting = InboxRow(
            id=row["id"],
            inbound=rows.inbound(row),
            received_at=rows.time(row["received_at"]),
            attempts=row["attempts"],
        )
        found.setdefault(row["conversation_id"], []).append(waiting)
    return found
