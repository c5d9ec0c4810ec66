"""The end of a turn: its events, its replies and its inbox row, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import LeaseLost, StoreError
from bot.events import (
    ActionFailed,
    BotSaid,
    DraftDiscarded,
    Event,
    HandoffRequested,
    UserSaid,
    externally,
)
from bot.stores import rows
from bot.stores.connection import Connection
from bot.stores.ledger import Ledger, lock, save
from bot.stores.store import Committed, Inbound, Lease, TurnRecord
from bot.stores.tables import DEAD, DONE, NEW, Now, conversation, event, inbox
from bot.types import ConversationId, Intent, Reading

Turn = tuple[Lease, TurnRecord]
_IDS = inbox.c.id.in_(bindparam("ids", expanding=True))
_RECEIVED = select(inbox).where(_IDS)
_ANSWERED = update(inbox).where(_IDS).values(status=DONE)


async def commit(connection: Connection, batch: Sequence[Turn]) -> list[Committed | StoreError]:
    """Record the turns of `batch`; one whose lease was lost fails alone."""
    ledgers = await lock(connection, {lease.conversation_id for lease, _ in batch})
    received = await _received(connection, [turn.inbox_id for _, turn in batch])
    changed: dict[str, Ledger] = {}
    answered: list[int] = []
    results: list[Committed | StoreError] = []
    for lease, turn in batch:
        ledger, row = ledgers.get(lease.conversation_id), received.get(turn.inbox_id)
        if ledger is None or row is None or not _holds(lease, ledger, row):
            results.append(_lost(lease.conversation_id))
        elif row["status"] != NEW:
            was_fenced = await _was_fenced(connection, turn.inbox_id)
            results.append(_committed(ledger, was_fenced=was_fenced, was_repeated=True))
        elif turn.as_bot and _may_speak(ledger, turn) and _is_stale(ledger, lease):
            # A person had the conversation meanwhile, and the bot has it again: answer anew.
            results.append(_lost(lease.conversation_id))
        else:
            was_fenced = _enter(ledger, lease, turn, rows.inbound(row))
            row["status"] = DONE
            answered.append(turn.inbox_id)
            changed[lease.conversation_id] = ledger
            results.append(_committed(ledger, was_fenced=was_fenced))
    if answered:
        await connection.execute(_ANSWERED, {"ids": answered})
    await save(connection, [changed[key] for key in sorted(changed)])
    return results


async def fail(
    connection: Connection,
    lease: Lease,
    inbox_id: int,
    problem: str,
    retry_in_s: float,
    max_attempts: int,
) -> bool:
    """Count a failed attempt; after `max_attempts` give the message up and call a person.

    Raises:
        LeaseLost: somebody else holds the conversation.
    """
    ledger = (await lock(connection, [lease.conversation_id])).get(lease.conversation_id)
    row = (await _received(connection, [inbox_id])).get(inbox_id)
    if ledger is None or row is None or not _holds(lease, ledger, row):
        raise _lost(lease.conversation_id)
    if row["status"] != NEW:
        return row["status"] == DEAD
    attempts = row["attempts"] + 1
    is_dead = attempts >= max_attempts
    await connection.execute(
        update(inbox)
        .where(inbox.c.id == inbox_id)
        .values(
            attempts=attempts,
            last_error=rows.preview(problem),
            status=DEAD if is_dead else NEW,
        )
    )
    if is_dead:
        _bury(ledger, inbox_id, rows.inbound(row), problem)
        await save(connection, [ledger])
    else:
        await connection.execute(
            update(conversation)
            .where(conversation.c.id == lease.conversation_id)
            .values(retry_at=Now() + retry_in_s)
        )
    return is_dead


async def append(
    connection: Connection,
    conversation_id: ConversationId,
    entries: Sequence[Event],
    to: tuple[str, str],
    *,
    acts: bool,
) -> int:
    """Append `entries` outside a turn, to a new conversation if need be; return the last seq.

    Args:
        connection: In a transaction.
        conversation_id: May be unknown.
        entries: In order.
        to: The channel and the sender of a new conversation, and of what `acts` delivers.
        acts: Whether to deliver bot messages and to set reminders.
    """
    channel, sender_id = to
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(conversation).values(
        id=conversation_id, channel=channel, sender_id=sender_id, updated_at=Now()
    )
    await connection.execute(new.on_conflict_do_nothing())
    ledger = (await lock(connection, [conversation_id]))[conversation_id]
    for entry in entries:
        seq = ledger.add(entry)
        if acts and isinstance(entry, BotSaid):
            key = f"append:{conversation_id}:{seq}"
            ledger.send(entry.reply, key=key, seq=seq, to=to, metadata=entry.metadata)
    for entry in entries:
        ledger.apply(entry)
    if acts:
        ledger.remind(entries)
    await save(connection, [ledger])
    return ledger.row["last_seq"]


def _enter(ledger: Ledger, lease: Lease, turn: TurnRecord, inbound: Inbound) -> bool:
    """Add the turn to `ledger`; return whether the bot was fenced off."""
    is_fenced = turn.as_bot and not (_may_speak(ledger, turn) and not _is_stale(ledger, lease))
    entries = _without_the_bot(turn.events) if is_fenced else turn.events
    to = None
    if inbound.is_from_customer:
        ledger.row |= {"channel": inbound.channel, "sender_id": inbound.sender_id}
        ledger.row["locale"] = inbound.locale or ledger.row["locale"]
    elif inbound.output_channel is not None:
        to = (inbound.output_channel, ledger.row["sender_id"])
    delivers = not inbound.is_awaited
    if inbound.operation is not None:
        delivers = inbound.operation.delivers
    cid: str | None = inbound.dedupe_key
    said = 0
    for entry in entries:
        if isinstance(entry, UserSaid) and cid is not None:
            ledger.add(entry, inbox_id=turn.inbox_id, origin=inbound.channel, cid=cid)
            cid = None
            continue
        seq = ledger.add(entry, inbox_id=turn.inbox_id)
        if isinstance(entry, BotSaid) and delivers:
            key = f"{turn.inbox_id}:{said}"
            ledger.send(entry.reply, key=key, seq=seq, to=to, metadata=entry.metadata)
            said += 1
    for entry in entries:
        ledger.apply(entry)
    ledger.remind(entries)
    ledger.answered()
    if turn.ends_lease:
        ledger.row |= {"lease_until": 0.0, "lease_token": None}
    return is_fenced


def _holds(lease: Lease, ledger: Ledger, row: Mapping[str, Any]) -> bool:
    is_current: bool = ledger.row["lease_token"] == lease.token
    return is_current and row["conversation_id"] == lease.conversation_id


def _may_speak(ledger: Ledger, turn: TurnRecord) -> bool:
    """Return whether the conversation is the bot's, or becomes it by the customer's message."""
    state = ledger.row["state"]
    return state == "bot" or (state == "resolved" and _has_message(turn))


def _is_stale(ledger: Ledger, lease: Lease) -> bool:
    """Return whether the owner changed since the lease was taken."""
    epoch: int = ledger.row["owner_epoch"]
    return epoch != lease.epoch


def _has_message(turn: TurnRecord) -> bool:
    return any(isinstance(entry, UserSaid) for entry in turn.events)


def _without_the_bot(entries: Sequence[Event]) -> tuple[Event, ...]:
    """Return what the customer said, and the bot's texts as a draft for the operator."""
    kept: list[Event] = [entry for entry in entries if isinstance(entry, UserSaid)]
    texts = tuple(
        entry.reply.text for entry in entries if isinstance(entry, BotSaid) and entry.reply.text
    )
    if texts:
        kept.append(DraftDiscarded(texts=texts))
    return tuple(kept)


def _bury(ledger: Ledger, inbox_id: int, inbound: Inbound, problem: str) -> None:
    """Record a message that could not be answered, and let a person see it."""
    if inbound.operation is not None:
        # Who asked is told; the customer wrote nothing that waits for an answer.
        ledger.add(ActionFailed(name=inbound.channel, problem=problem), inbox_id=inbox_id)
        ledger.answered()
        return
    said = _unanswered(ledger, inbound)
    ledger.add(said, inbox_id=inbox_id, origin=inbound.channel, cid=inbound.dedupe_key)
    ledger.apply(said)
    ledger.add(ActionFailed(name="turn", problem=problem), inbox_id=inbox_id)
    if ledger.row["state"] == "bot":
        handoff = HandoffRequested(reason="message_failed")
        ledger.add(handoff, inbox_id=inbox_id)
        ledger.apply(handoff)
    ledger.answered()


def _unanswered(ledger: Ledger, inbound: Inbound) -> UserSaid:
    if inbound.external is not None:
        key, channel = inbound.dedupe_key, ledger.row["channel"]
        at = rows.time(ledger.now)
        return externally(inbound.external, at=at, message_id=key, channel=channel)
    return UserSaid(
        text=inbound.text,
        reading=Reading(text=inbound.text, intent=Intent(name=None, confidence=0.0)),
        message_id=inbound.dedupe_key,
        channel=inbound.channel,
        metadata=inbound.metadata,
    )


def _lost(conversation_id: str) -> LeaseLost:
    return LeaseLost(f"{conversation_id}: another worker holds the conversation")


def _committed(ledger: Ledger, *, was_fenced: bool, was_repeated: bool = False) -> Committed:
    return Committed(
        last_seq=ledger.row["last_seq"],
        was_fenced=was_fenced,
        epoch=ledger.row["owner_epoch"],
        state=ledger.row["state"],
        pending=ledger.row["pending"],
        was_repeated=was_repeated,
    )


async def _received(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    found = (await connection.execute(_RECEIVED, {"ids": ids})).mappings()
    return {row["id"]: dict(row) for row in found}


async def _was_fenced(connection: Connection, inbox_id: int) -> bool:
    query = select(event.c.seq).where(
        event.c.inbox_id == inbox_id, event.c.kind == DraftDiscarded.kind
    )
    return (await connection.execute(query)).first() is not None
