"""The way out: replies are leased in their conversation's order, sent, repeated or given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Double, Integer, bindparam, exists, select, update

from bot.stores import rows
from bot.stores.connection import Connection
from bot.stores.store import Delivery
from bot.stores.tables import DEAD, DONE, NEW, Now, outbox

Sent = tuple[Delivery, str | None]
"""A delivery with the platform's message id."""

_EARLIER = outbox.alias("earlier")
_IS_FIRST = ~exists().where(
    _EARLIER.c.conversation_id == outbox.c.conversation_id,
    _EARLIER.c.status == NEW,
    _EARLIER.c.id < outbox.c.id,
)
_DUE = (
    select(outbox.c.id)
    .where(
        outbox.c.status == NEW,
        outbox.c.next_at <= Now(),
        outbox.c.lease_until <= Now(),
        _IS_FIRST,
    )
    .order_by(outbox.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True, of=outbox)
    .cte("due")
)
_TAKE = (
    update(outbox)
    .where(outbox.c.id.in_(select(_DUE.c.id)))
    .values(lease_until=Now() + bindparam("lease_s", type_=Double), attempts=outbox.c.attempts + 1)
    .returning(*outbox.c)
)
_SENT = (
    update(outbox)
    .where(outbox.c.id == bindparam("sent_id"), outbox.c.status == NEW)
    .values(status=DONE, provider_id=bindparam("provider"))
)


async def claim_deliveries(
    connection: Connection, limit: int, lease_s: float
) -> tuple[Delivery, ...]:
    """Lease due rows, only the first undelivered one of each conversation."""
    found = await connection.execute(_TAKE, {"most": limit, "lease_s": lease_s})
    taken = sorted(found.mappings(), key=lambda row: row["id"])
    return tuple(
        Delivery(id=row["id"], attempts=row["attempts"], outbound=rows.outbound(row))
        for row in taken
    )


async def mark_sent(connection: Connection, batch: Sequence[Sent]) -> list[None]:
    """Record that the channels took the replies of `batch`."""
    # In id order, so that two senders never wait for each other.
    values = sorted((delivery.id, provider_id or "") for delivery, provider_id in batch)
    await connection.execute(
        _SENT, [{"sent_id": key, "provider": provider or None} for key, provider in values]
    )
    return [None] * len(batch)


async def retry_delivery(
    connection: Connection, delivery: Delivery, in_s: float, problem: str
) -> None:
    """Make the row due again after `in_s`; later rows of the conversation wait for it."""
    await _set(
        connection,
        delivery,
        next_at=Now() + in_s,
        lease_until=0.0,
        last_error=rows.preview(problem),
    )


async def bury_delivery(connection: Connection, delivery: Delivery, problem: str) -> None:
    """Give the row up."""
    await _set(connection, delivery, status=DEAD, last_error=rows.preview(problem))


async def _set(connection: Connection, delivery: Delivery, **values: Any) -> None:
    # A sender whose lease ran out may report late: what another one settled stays settled.
    change = update(outbox).where(outbox.c.id == delivery.id, outbox.c.status == NEW)
    await connection.execute(change.values(**values))
