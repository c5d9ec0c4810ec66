"""Whole histories at once: events of another system come in, our own go out.

Coming in, a batch and the mark up to which the source was read are one transaction: an import that
was stopped goes on at the mark. Each event also keeps its number in the source as its `cid`, which
is unique, so that none can come twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import Event, UserSaid
from bot.stores import operators, rows
from bot.stores.database import Database, reader_engine
from bot.stores.ledger import lock, save
from bot.stores.store import StoredEvent
from bot.stores.tables import Now, conversation, event

BATCH = 2000
DEFAULT_CHANNEL = "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An event of another system; `number` grows and is unique there."""

    conversation_id: str
    number: int
    event: Event


async def mark(database: Database, source: str) -> int:
    """Return the number up to which `source` was imported; 0 for a new one."""
    value = await database.read(lambda c: operators.get_meta(c, _meta_key(source)))
    return int(value or 0)


async def import_batch(
    database: Database, source: str, batch: Sequence[Imported], read_until: int
) -> int:
    """Record `batch` and that `source` was read until the number `read_until`.

    Returns:
        How many events are new; those known from an earlier import stay as they are.

    Raises:
        StoreError: nothing was recorded.
    """
    return await database.write(lambda c: _import(c, source, batch, read_until))


async def _import(
    connection: AsyncConnection, source: str, batch: Sequence[Imported], read_until: int
) -> int:
    ids = {item.conversation_id for item in batch}
    await _make_conversations(connection, batch)
    ledgers = await lock(connection, ids)
    known = await _known(connection, source, batch)
    added = 0
    for item in batch:
        if (item.conversation_id, str(item.number)) in known:
            continue
        ledger = ledgers[item.conversation_id]
        ledger.add(item.event, origin=_origin(source), cid=str(item.number))
        added += 1
    await save(connection, [ledger for ledger in ledgers.values() if ledger.events])
    await operators.set_meta(connection, _meta_key(source), str(read_until))
    return added


async def _make_conversations(connection: AsyncConnection, batch: Sequence[Imported]) -> None:
    """Make the conversations of `batch` that are new, with the channel of their first message."""
    channels: dict[str, str] = {}
    for item in batch:
        if isinstance(item.event, UserSaid) and item.event.channel:
            channels.setdefault(item.conversation_id, item.event.channel)
    values = [
        {"id": key, "channel": channels.get(key, DEFAULT_CHANNEL), "sender_id": key}
        for key in dict.fromkeys(item.conversation_id for item in batch)
    ]
    if values:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        new = dialect.insert(conversation).values(updated_at=Now())
        await connection.execute(new.on_conflict_do_nothing(), values)


async def _known(
    connection: AsyncConnection, source: str, batch: Sequence[Imported]
) -> set[tuple[str, str]]:
    """Return which events of `batch` were imported before, as conversation and number."""
    if not batch:
        return set()
    query = select(event.c.conversation_id, event.c.cid).where(
        event.c.conversation_id.in_({item.conversation_id for item in batch}),
        event.c.origin == _origin(source),
        event.c.cid.in_([str(item.number) for item in batch]),
    )
    return {(row.conversation_id, row.cid) for row in await connection.execute(query)}


async def read_history(
    url: str, conversation_ids: Sequence[str] = ()
) -> AsyncIterator[tuple[str, StoredEvent]]:
    """Iterate over the events of the store at `url`, which a server may be using.

    Args:
        url: The store.
        conversation_ids: Only these conversations; all of them by default.

    Raises:
        StoreError: no store has such a URL.
    """
    query = select(event).order_by(event.c.conversation_id, event.c.seq)
    if conversation_ids:
        query = query.where(event.c.conversation_id.in_(conversation_ids))
    engine = reader_engine(url)
    try:
        async with engine.connect() as connection, connection.stream(query) as result:
            async for row in result.mappings():
                yield row["conversation_id"], rows.stored_event(row)
    finally:
        await engine.dispose()


def _origin(source: str) -> str:
    return f"import:{source}"


def _meta_key(source: str) -> str:
    return f"imported:{source}"
