"""Who owns a conversation, and what operators say. Every change is fenced, and audited."""

from __future__ import annotations

from sqlalchemy import select

from bot.errors import OwnershipConflict
from bot.events import OperatorJoined, OperatorLeft, OperatorSaid, Resolved
from bot.stores import rows
from bot.stores.connection import Connection
from bot.stores.ledger import OPERATOR_ORIGIN, Ledger, lock_one, record, save
from bot.stores.store import Operator, Said, Summary
from bot.stores.tables import event
from bot.types import Reply


async def assign(connection: Connection, conversation_id: str, operator: Operator) -> Summary:
    """Give the conversation to `operator`, or leave it there."""
    ledger = await lock_one(connection, conversation_id)
    if _is_owner(ledger, operator):
        return rows.summary(ledger.row)
    if ledger.row["state"] == "assigned":
        raise _conflict("already_claimed", ledger)
    if ledger.row["state"] == "resolved":
        raise _conflict("resolved", ledger)
    ledger.own("assigned", operator=operator)
    ledger.add(OperatorJoined(operator_id=operator.id, operator_name=operator.name))
    return await _save(connection, ledger, operator, "assign")


async def say(
    connection: Connection, conversation_id: str, operator: Operator, cid: str, text: str
) -> Said:
    """Record what `operator` says and queue its delivery, once per `cid`."""
    ledger = await lock_one(connection, conversation_id)
    known = select(event.c.seq).where(
        event.c.conversation_id == conversation_id,
        event.c.origin == OPERATOR_ORIGIN,
        event.c.cid == cid,
    )
    seq = (await connection.execute(known)).scalar()
    if seq is not None:
        return Said(seq=seq, is_duplicate=True)
    if not _is_owner(ledger, operator):
        is_bots = ledger.row["state"] == "bot"
        raise _conflict("bot_owns" if is_bots else "not_assignee", ledger)
    said = OperatorSaid(text=text, operator_id=operator.id, operator_name=operator.name)
    seq = ledger.add(said, origin=OPERATOR_ORIGIN, cid=cid)
    key = f"op:{conversation_id}:{cid}"
    ledger.send(Reply(text=text), key=key, seq=seq, agent=operator.name)
    await save(connection, [ledger])
    return Said(seq=seq, is_duplicate=False)


async def hand_back(connection: Connection, conversation_id: str, operator: Operator) -> Summary:
    """Give the conversation back to the bot."""
    ledger = await lock_one(connection, conversation_id)
    if not _is_owner(ledger, operator):
        raise _conflict("not_assignee", ledger)
    ledger.own("bot")
    ledger.add(OperatorLeft(operator_id=operator.id, operator_name=operator.name))
    return await _save(connection, ledger, operator, "hand_back")


async def resolve(
    connection: Connection,
    conversation_id: str,
    operator: Operator,
    if_customer_last_seq: int | None,
) -> Summary:
    """Close the conversation, unless the customer wrote what the operator has not seen."""
    ledger = await lock_one(connection, conversation_id)
    if not _is_owner(ledger, operator):
        raise _conflict("not_assignee", ledger)
    if if_customer_last_seq is not None and (
        # An accepted message that no turn has recorded yet is a new message, too.
        ledger.row["customer_last_seq"] > if_customer_last_seq or ledger.row["pending"] > 0
    ):
        raise _conflict("new_message", ledger)
    ledger.own("resolved")
    ledger.add(Resolved(by=operator.id))
    return await _save(connection, ledger, operator, "resolve")


def _is_owner(ledger: Ledger, operator: Operator) -> bool:
    return ledger.row["state"] == "assigned" and ledger.row["assignee_id"] == operator.id


def _conflict(code: str, ledger: Ledger) -> OwnershipConflict:
    owner = rows.assignee(ledger.row)
    return OwnershipConflict(code, owner_id=owner and owner.id, owner_name=owner and owner.name)


async def _save(connection: Connection, ledger: Ledger, operator: Operator, action: str) -> Summary:
    await save(connection, [ledger])
    await record(connection, operator.id, action, ledger.row["id"])
    return rows.summary(ledger.row)
