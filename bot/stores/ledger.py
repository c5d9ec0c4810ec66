"""The one way in which a conversation changes: lock its row, add events, save under the fence.

`lock` takes the rows in id order and `save` takes the change counter last, in every transaction,
so that no two transactions wait for each other. `save` advances `last_seq` only where the row still
has the `last_seq`, `owner_epoch` and lease token that were locked; PK(conversation_id, seq) is
behind it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BigInteger, bindparam, insert, select, text, update

from bot.errors import StoreError
from bot.events import (
    BotSaid,
    Event,
    HandoffRequested,
    OperatorJoined,
    OperatorLeft,
    OperatorSaid,
    ReminderCancelled,
    ReminderSet,
    Resolved,
    UserSaid,
    is_external,
)
from bot.mood import temper_after
from bot.stores import rows, timers
from bot.stores.connection import Connection
from bot.stores.store import Operator
from bot.stores.tables import Now, audit, conversation, counter, event, outbox
from bot.types import Reply

OPERATOR_ORIGIN = "operator"
"""The origin of the `cid` of operators' messages; a customer's has the channel."""

_PUBLIC = (
    UserSaid, BotSaid, OperatorSaid, HandoffRequested, OperatorJoined, OperatorLeft, Resolved,
)  # fmt: skip
_WRITTEN = {
    "state": "text",
    "owner_epoch": "bigint",
    "assignee_id": "text",
    "assignee_name": "text",
    "assignee_role": "text",
    "last_seq": "bigint",
    "last_public_seq": "bigint",
    "customer_last_seq": "bigint",
    "waiting_since": "float8",
    "handoff_reason": "text",
    "title": "text",
    "temper": "float8",
    "last_text": "text",
    "last_from": "text",
    "pending": "bigint",
    "pending_since": "float8",
    "retry_at": "float8",
    "lease_until": "float8",
    "lease_token": "text",
    "channel": "text",
    "sender_id": "text",
    "locale": "text",
    "changed": "bigint",
    "updated_at": "float8",
}
_FENCE = {"id": "text", "old_seq": "bigint", "old_epoch": "bigint", "old_token": "text"}


class Ledger:
    """A locked conversation while it changes; `row` is its state to be."""

    def __init__(self, row: dict[str, Any]) -> None:
        """Hold the locked `row`, which also has the database's time as `now`."""
        self.now: float = row["now"]
        self.row = row
        self.fence = {
            "id": row["id"],
            "old_seq": row["last_seq"],
            "old_epoch": row["owner_epoch"],
            "old_token": row["lease_token"],
        }
        self.events: list[dict[str, Any]] = []
        self.outbox: list[dict[str, Any]] = []
        self.reminders: list[ReminderSet | ReminderCancelled] = []

    def add(
        self,
        entry: Event,
        *,
        inbox_id: int | None = None,
        origin: str | None = None,
        cid: str | None = None,
    ) -> int:
        """Append `entry` and return its seq."""
        self.row["last_seq"] += 1
        seq: int = self.row["last_seq"]
        is_public = isinstance(entry, _PUBLIC) and not is_external(entry)
        self.row["last_public_seq"] += is_public
        self.events.append(
            {
                "conversation_id": self.row["id"],
                "seq": seq,
                "public_seq": self.row["last_public_seq"] if is_public else None,
                "inbox_id": inbox_id,
                "origin": origin if cid is not None else None,
                "cid": cid,
                "kind": entry.kind,
                "body": rows.event_body(entry),
            }
        )
        self._note(entry, seq)
        return seq

    def send(
        self,
        reply: Reply,
        *,
        key: str,
        seq: int,
        to: tuple[str, str] | None = None,
        agent: str | None = None,
        metadata: Any = None,
    ) -> None:
        """Queue `reply`, the event `seq`, for delivery under the idempotency key `key`.

        Args:
            reply: What to say.
            key: Stable over repetitions.
            seq: The event that the reply is.
            to: Channel and sender; by default where the customer wrote last.
            agent: Who says it, when it is not the bot.
            metadata: For the channel.
        """
        channel, sender_id = to or (self.row["channel"], self.row["sender_id"])
        body = rows.outbound_body(
            BotSaid(reply=reply, metadata=metadata or {}),
            sender_id=sender_id,
            from_kind="agent" if agent is not None else "bot",
            from_name=agent,
        )
        self.outbox.append(
            {
                "idem_key": key,
                "conversation_id": self.row["id"],
                "channel": channel,
                "seq": seq,
                "body": body,
            }
        )

    def remind(self, entries: Sequence[Event]) -> None:
        """Set and cancel the reminders that `entries` speak of."""
        self.reminders += [e for e in entries if isinstance(e, ReminderSet | ReminderCancelled)]

    def own(
        self, state: str, *, operator: Operator | None = None, reason: str | None = None
    ) -> None:
        """Change who owns the conversation; whoever acts under the old epoch is fenced."""
        self.row |= {
            "state": state,
            "owner_epoch": self.row["owner_epoch"] + 1,
            "assignee_id": operator and operator.id,
            "assignee_name": operator and operator.name,
            "assignee_role": operator and operator.role,
            "waiting_since": self.now if state == "queued" else None,
            # An operator still sees why the bot asked for help; the next period starts clean.
            "handoff_reason": self.row["handoff_reason"] if state == "assigned" else reason,
        }

    def apply(self, entry: Event) -> None:
        """Make the change of owner that `entry` stands for in a turn."""
        state = self.row["state"]
        if isinstance(entry, UserSaid) and state == "resolved":
            # The epoch stays: nobody owned it, and the turn that answers was started under it.
            self.row["state"] = "bot"
        elif isinstance(entry, HandoffRequested) and state in ("bot", "resolved"):
            self.own("queued", reason=entry.reason)
            self.row["title"] = entry.metadata.get("title") or self.row["title"]
        elif isinstance(entry, Resolved) and state != "resolved":
            self.own("resolved")

    def answered(self) -> None:
        """Count one message less to answer."""
        self.row["pending"] = max(0, self.row["pending"] - 1)
        self.row["pending_since"] = self.now
        self.row["retry_at"] = 0.0

    def _note(self, entry: Event, seq: int) -> None:
        if is_external(entry):
            return  # the customer wrote nothing: lists and `resolve` must not see a new message
        said = _said(entry)
        if isinstance(entry, UserSaid):
            self.row["customer_last_seq"] = seq
            self.row["temper"] = temper_after(self.row["temper"], entry.reading.sentiment)
        if said is not None:
            self.row["last_from"], self.row["last_text"] = said[0], rows.preview(said[1])


def _said(entry: Event) -> tuple[str, str] | None:
    """Return who said what, None when `entry` is no text of a person.

    Lists show what people wrote: the bot's last words, "a colleague will take over", are the same
    in every row of the queue.
    """
    match entry:
        case UserSaid(text=str(text)):
            return "customer", str(entry.metadata.get("title") or text)
        case OperatorSaid(text=text):
            return "agent", text
        case _:
            return None


async def lock(connection: Connection, ids: Collection[str]) -> dict[str, Ledger]:
    """Return the existing conversations of `ids`, locked until the transaction ends."""
    found = (await connection.execute(_LOCK, {"ids": sorted(ids)})).mappings()
    return {row["id"]: Ledger(dict(row)) for row in found}


async def lock_one(connection: Connection, conversation_id: str) -> Ledger:
    """Return the conversation, locked until the transaction ends.

    Raises:
        KeyError: no such conversation.
    """
    return (await lock(connection, [conversation_id]))[conversation_id]


async def save(connection: Connection, ledgers: Sequence[Ledger]) -> None:
    """Write what was added to `ledgers`; the last statements of a transaction.

    Raises:
        StoreError: a row is not as it was locked; the transaction must roll back.
    """
    if not ledgers:
        return
    for statement, added in (
        (_ADD_EVENTS, [row for ledger in ledgers for row in ledger.events]),
        (_ADD_REPLIES, [row for ledger in ledgers for row in ledger.outbox]),
    ):
        if added:
            await connection.execute(statement, added)
    for ledger in ledgers:
        await timers.change(connection, ledger.row["id"], ledger.reminders)
    first = await _next_changes(connection, len(ledgers))
    for number, ledger in enumerate(ledgers, first):
        ledger.row |= {"changed": number, "updated_at": ledger.now}
    values = [{key: ledger.row[key] for key in _WRITTEN} | ledger.fence for ledger in ledgers]
    result = await connection.execute(
        _UPDATES[connection.dialect.name], {"rows": rows.dump(values)}
    )
    if len(result.fetchall()) != len(ledgers):
        raise StoreError("a conversation changed under its lock; nothing was recorded")


async def record(connection: Connection, actor: str, action: str, target: str) -> None:
    """Add to the audit trail, each row hashed over the one before; call it after `save`.

    The lock on the change counter, which `save` took, keeps the chain from forking.
    """
    last = select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)
    previous = (await connection.execute(last)).scalar() or ""
    now = (await connection.execute(select(Now()))).scalar_one()
    row = {"at": now, "actor": actor, "action": action, "object": target, "prev_hash": previous}
    row["hash"] = hashlib.sha256(rows.dump(row).encode()).hexdigest()
    await connection.execute(insert(audit), [row])


async def _next_changes(connection: Connection, count: int) -> int:
    """Return the first of `count` change numbers; others wait until this transaction ends.

    They become visible in their order, so that a reader's cursor never passes one by.
    """
    return (await connection.execute(_BUMP, {"count": count})).scalar_one() - count + 1


def _update(dialect: str) -> Any:
    source = rows.json_rows(dialect, _WRITTEN | _FENCE)
    changes = ", ".join(f"{name} = d.{name}" for name in _WRITTEN)
    return text(
        f"UPDATE conversation SET {changes} FROM ({source}) AS d"  # noqa: S608 - of constants only
        " WHERE conversation.id = d.id AND conversation.last_seq = d.old_seq"
        " AND conversation.owner_epoch = d.old_epoch"
        " AND coalesce(conversation.lease_token, '') = coalesce(d.old_token, '')"
        " RETURNING conversation.id"
    )


_LOCK = (
    select(conversation, Now().label("now"))
    .where(conversation.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(conversation.c.id)
    .with_for_update()
)
_ADD_EVENTS, _ADD_REPLIES = insert(event), insert(outbox)
_BUMP = (
    update(counter)
    .where(counter.c.name == "changes")
    .values(value=counter.c.value + bindparam("count", type_=BigInteger))
    .returning(counter.c.value)
)
_UPDATES = {dialect: _update(dialect) for dialect in ("sqlite", "postgresql")}
