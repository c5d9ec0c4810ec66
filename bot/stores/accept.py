"""The way in: a batch of received messages becomes inbox rows, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, text, tuple_

from bot.stores import rows
from bot.stores.claim import claim
from bot.stores.connection import Connection
from bot.stores.store import Accepted, Inbound, Lease
from bot.stores.tables import inbox

_NOW = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "CAST(extract(epoch FROM statement_timestamp()) AS double precision)",
}


def _insert_inbox(dialect: str) -> Any:
    columns = {
        "o": "bigint", "channel": "text", "dedupe_key": "text", "conversation_id": "text",
        "body": "text",
    }  # fmt: skip
    return text(
        "INSERT INTO inbox (channel, dedupe_key, conversation_id, body, received_at)"  # noqa: S608 - of constants only
        f" SELECT channel, dedupe_key, conversation_id, body, {_NOW[dialect]}"
        f" FROM ({rows.json_rows(dialect, columns)}) AS d WHERE true ORDER BY o"
        " ON CONFLICT DO NOTHING RETURNING id, channel, dedupe_key"
    )


def _count_pending(dialect: str) -> Any:
    columns = {
        "id": "text", "channel": "text", "sender_id": "text", "locale": "text", "pending": "bigint",
    }  # fmt: skip
    now = _NOW[dialect]
    return text(
        "INSERT INTO conversation"  # noqa: S608 - of constants only
        " (id, channel, sender_id, locale, pending, pending_since, updated_at)"
        f" SELECT id, channel, sender_id, locale, pending, {now}, {now}"
        f" FROM ({rows.json_rows(dialect, columns)}) AS d WHERE true ORDER BY id"
        " ON CONFLICT (id) DO UPDATE SET pending = conversation.pending + excluded.pending,"
        " pending_since = CASE WHEN conversation.pending = 0 THEN excluded.pending_since"
        " ELSE conversation.pending_since END"
    )


_INSERTS = {dialect: _insert_inbox(dialect) for dialect in _NOW}
_COUNTS = {dialect: _count_pending(dialect) for dialect in _NOW}


async def accept(connection: Connection, batch: Sequence[Inbound]) -> list[Accepted]:
    """Record `batch` in its order; return one receipt per message."""
    dialect = connection.dialect.name
    values = [
        {
            "o": order,
            "channel": message.channel,
            "dedupe_key": message.dedupe_key,
            "conversation_id": message.conversation_id,
            "body": rows.inbound_body(message),
        }
        for order, message in enumerate(batch)
    ]
    result = await connection.execute(_INSERTS[dialect], {"rows": rows.dump(values)})
    new = {(row.channel, row.dedupe_key): row.id for row in result}
    known = await _known(connection, {_key(message) for message in batch} - new.keys())
    receipts: list[Accepted] = []
    first: list[Inbound] = []
    for message in batch:
        inbox_id = new.pop(_key(message), None)
        if inbox_id is not None:
            first.append(message)
            known[_key(message)] = inbox_id
        receipts.append(Accepted(inbox_id=known[_key(message)], is_duplicate=inbox_id is None))
    if first:
        await connection.execute(_COUNTS[dialect], {"rows": rows.dump(_pending(first))})
    return receipts


async def accept_and_claim(
    connection: Connection, batch: Sequence[Inbound], limit: int, lease_s: float
) -> tuple[list[Accepted], tuple[Lease, ...]]:
    """Record `batch` and lease up to `limit` of the conversations that wait, the oldest first."""
    receipts = await accept(connection, batch)
    leases = await claim(connection, limit, lease_s)
    taken = {row.id for lease in leases for row in lease.rows}
    return [replace(item, is_claimed=item.inbox_id in taken) for item in receipts], leases


def _key(message: Inbound) -> tuple[str, str]:
    return message.channel, message.dedupe_key


async def _known(connection: Connection, keys: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return the inbox ids of messages that were recorded before."""
    if not keys:
        return {}
    query = select(inbox.c.id, inbox.c.channel, inbox.c.dedupe_key).where(
        tuple_(inbox.c.channel, inbox.c.dedupe_key).in_(sorted(keys))
    )
    return {(row.channel, row.dedupe_key): row.id for row in await connection.execute(query)}


def _pending(messages: Sequence[Inbound]) -> list[dict[str, Any]]:
    counts = Counter(message.conversation_id for message in messages)
    newest = {message.conversation_id: message for message in messages}
    return [
        {
            "id": key,
            "channel": newest[key].channel,
            "sender_id": newest[key].sender_id,
            "locale": newest[key].locale,
            "pending": count,
        }
        for key, count in counts.items()
    ]
