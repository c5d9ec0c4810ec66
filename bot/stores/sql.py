"""The durable store over SQLite (one process) or PostgreSQL (any number of them)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from bot.errors import StoreError
from bot.events import Event
from bot.stores import claim, commit, conversations, handoff, operators, outbox, timers
from bot.stores.accept import accept, accept_and_claim
from bot.stores.batcher import Batcher
from bot.stores.database import Database
from bot.stores.store import (
    Accepted,
    Claimant,
    Committed,
    Delivery,
    Inbound,
    Lease,
    Operator,
    Said,
    StoredEvent,
    Summary,
    TurnRecord,
    View,
)
from bot.types import ConversationId

_log = structlog.get_logger(__name__)


class SqlStore:
    """`bot.stores.store.Store` over one SQL database; the contract is documented there."""

    def __init__(self, url: str) -> None:
        """Hold the database's `url`: `sqlite:///path` or `postgresql://user@host/name`.

        Raises:
            StoreError: no store has such a URL.
        """
        self._database = Database(url)
        self._accepts: Batcher[Inbound, Accepted] = Batcher(self._accept, name="accept")
        self._commits: Batcher[commit.Turn, Committed] = Batcher(self._commit, name="commit")
        self._leases: Batcher[claim.Change, None] = Batcher(self._change_leases, name="lease")
        self._sent: Batcher[outbox.Sent, None] = Batcher(self._mark_sent, name="sent")
        self._claimant: Claimant | None = None
        self._batchers = (self._accepts, self._commits, self._leases, self._sent)

    async def open(self) -> None:
        """Migrate the schema, take the single-process lock (SQLite) and start the batchers.

        Raises:
            StoreError: the database refuses, or another process has the SQLite file.
        """
        await self._database.open()
        if self._database.is_sqlite:
            # The file is ours alone: whoever held a lease is dead, and nobody must wait for it.
            await self._database.write(claim.end_all)
        for batcher in self._batchers:
            batcher.start()

    async def close(self) -> None:
        """Finish what is being written and release everything."""
        for batcher in self._batchers:
            await batcher.close()
        await self._database.close()

    async def is_healthy(self) -> bool:
        """Return whether the database answers a write."""
        try:
            await self.set_meta("health", "checked")
        except StoreError as error:
            _log.warning("store_unhealthy", problem=str(error))
            return False
        return True

    # Inbox
    async def accept(self, inbound: Inbound) -> Accepted:
        """Return after `inbound` is on disk (group commit), an awaited one with its turn."""
        return await self._accepts.put(inbound)

    def serve(self, claimant: Claimant | None) -> None:
        """Lease what is accepted from now on to `claimant`, as far as it has room."""
        self._claimant = claimant

    async def claim(self, *, limit: int, lease_s: float) -> tuple[Lease, ...]:
        """Return leases of conversations with waiting messages, oldest first."""
        return await self._database.write(lambda c: claim.claim(c, limit, lease_s), flush=False)

    async def renew(self, lease: Lease, *, lease_s: float) -> None:
        """Extend `lease`; raise `LeaseLost` when somebody else holds the conversation."""
        await self._leases.put((lease, lease_s))

    async def release(self, lease: Lease) -> None:
        """Give the lease back; a lost lease is ignored."""
        await self._leases.put((lease, None))

    async def commit(self, lease: Lease, turn: TurnRecord) -> Committed:
        """Record a turn at once (group commit); a repeated one changes nothing."""
        return await self._commits.put((lease, turn))

    async def fail(
        self, lease: Lease, inbox_id: int, *, problem: str, retry_in_s: float, max_attempts: int
    ) -> bool:
        """Count a failed attempt; return True when the message is dead and blocks no longer."""
        return await self._database.write(
            lambda c: commit.fail(c, lease, inbox_id, problem, retry_in_s, max_attempts)
        )

    async def is_done(self, inbox_id: int) -> bool:
        """Return whether the message was answered (or given up)."""
        return await self._database.read(lambda c: conversations.is_done(c, inbox_id))

    # Conversations
    async def events(
        self, conversation_id: ConversationId, *, after_seq: int = 0, limit: int | None = None
    ) -> tuple[StoredEvent, ...]:
        """Return the events with `seq > after_seq`, in order."""
        return await self._database.read(
            lambda c: conversations.events(c, conversation_id, after_seq, limit)
        )

    async def events_of(self, inbox_id: int) -> tuple[StoredEvent, ...]:
        """Return what one message led to, in order."""
        return await self._database.read(lambda c: conversations.events_of(c, inbox_id))

    async def append(
        self,
        conversation_id: ConversationId,
        events: Sequence[Event],
        *,
        channel: str,
        sender_id: str,
        acts: bool = False,
    ) -> int:
        """Append events outside a turn, with or without their effects; return the last seq."""
        return await self._database.write(
            lambda c: commit.append(c, conversation_id, events, (channel, sender_id), acts=acts)
        )

    async def summary(self, conversation_id: ConversationId) -> Summary | None:
        """Return the conversation's summary, None if unknown."""
        return await self._database.read(lambda c: conversations.summary(c, conversation_id))

    async def summaries(
        self, view: View, *, operator_id: str | None = None, limit: int = 100
    ) -> tuple[Summary, ...]:
        """Return the conversations of `view`; the queue by mood and longest waiting."""
        return await self._database.read(
            lambda c: conversations.summaries(c, view, operator_id, limit)
        )

    async def counts(self, *, operator_id: str | None = None) -> Mapping[View, int]:
        """Return how many conversations each view holds."""
        return await self._database.read(lambda c: conversations.counts(c, operator_id))

    async def changed_since(
        self, cursor: int, *, limit: int = 500
    ) -> tuple[int, tuple[Summary, ...]]:
        """Return the next cursor and the conversations changed after `cursor`."""
        return await self._database.read(lambda c: conversations.changed_since(c, cursor, limit))

    # Handoff
    async def assign(self, conversation_id: ConversationId, operator: Operator) -> Summary:
        """Give the conversation to `operator`; its owner may repeat that.

        Raises:
            OwnershipConflict: `already_claimed` with the winner, or `resolved`.
            KeyError: no such conversation.
        """
        return await self._database.write(lambda c: handoff.assign(c, conversation_id, operator))

    async def say(
        self, conversation_id: ConversationId, operator: Operator, *, cid: str, text: str
    ) -> Said:
        """Record the operator's message and queue its delivery, once per `cid`."""
        return await self._database.write(
            lambda c: handoff.say(c, conversation_id, operator, cid, text)
        )

    async def hand_back(self, conversation_id: ConversationId, operator: Operator) -> Summary:
        """Give the conversation back to the bot."""
        return await self._database.write(lambda c: handoff.hand_back(c, conversation_id, operator))

    async def resolve(
        self,
        conversation_id: ConversationId,
        operator: Operator,
        *,
        if_customer_last_seq: int | None = None,
    ) -> Summary:
        """Close the conversation, unless the customer wrote meanwhile."""
        return await self._database.write(
            lambda c: handoff.resolve(c, conversation_id, operator, if_customer_last_seq)
        )

    # Outbox
    async def claim_deliveries(self, *, limit: int, lease_s: float) -> tuple[Delivery, ...]:
        """Return due outbox rows, at most the first undelivered one of each conversation."""
        return await self._database.write(
            lambda c: outbox.claim_deliveries(c, limit, lease_s), flush=False
        )

    async def mark_sent(self, delivery: Delivery, *, provider_id: str | None) -> None:
        """Record the delivery."""
        await self._sent.put((delivery, provider_id))

    async def retry_delivery(self, delivery: Delivery, *, in_s: float, problem: str) -> None:
        """Try again after `in_s`."""
        await self._database.write(lambda c: outbox.retry_delivery(c, delivery, in_s, problem))

    async def bury_delivery(self, delivery: Delivery, *, problem: str) -> None:
        """Give the delivery up (dead letter); later rows of the conversation go on."""
        await self._database.write(lambda c: outbox.bury_delivery(c, delivery, problem))

    # Reminders
    async def next_timer_s(self) -> float | None:
        """Return in how many seconds the next reminder is due, None without any."""
        return await self._database.read(timers.next_due_s)

    async def fire_timers(self, *, limit: int) -> int:
        """Move due reminders to the inbox, each exactly once; return how many."""
        return await self._database.write(lambda c: timers.fire(c, limit))

    # Operators and their sessions
    async def operator_by_name(self, name: str) -> tuple[Operator, str] | None:
        """Return the operator and the password hash."""
        return await self._database.read(lambda c: operators.operator_by_name(c, name))

    async def add_operator(self, operator: Operator, *, password_hash: str) -> None:
        """Add an operator, or change an existing one."""
        await self._database.write(lambda c: operators.add_operator(c, operator, password_hash))

    async def open_session(self, operator: Operator, *, token_hash: str, ttl_s: float) -> None:
        """Record a login under the sha256 of its token."""
        await self._database.write(lambda c: operators.open_session(c, operator, token_hash, ttl_s))

    async def session_operator(self, token_hash: str) -> Operator | None:
        """Return who is logged in under `token_hash`, None if unknown or expired."""
        return await self._database.read(lambda c: operators.session_operator(c, token_hash))

    async def close_session(self, token_hash: str) -> None:
        """End a login."""
        await self._database.write(lambda c: operators.close_session(c, token_hash))

    async def meta(self, key: str) -> str | None:
        """Return a stored setting."""
        return await self._database.read(lambda c: operators.get_meta(c, key))

    async def set_meta(self, key: str, value: str) -> None:
        """Store a setting."""
        await self._database.write(lambda c: operators.set_meta(c, key, value))

    async def _accept(self, batch: Sequence[Inbound]) -> Sequence[Accepted]:
        promises = not all(inbound.is_awaited for inbound in batch)
        claimant = self._claimant
        room = claimant.room() if claimant else 0
        if claimant is None or room <= 0:
            return await self._database.write(lambda c: accept(c, batch), flush=promises)
        lease_s = claimant.lease_s
        receipts, leases = await self._database.write(
            lambda c: accept_and_claim(c, batch, room, lease_s), flush=promises
        )
        claimant.take(leases)
        return receipts

    async def _commit(self, batch: Sequence[commit.Turn]) -> Sequence[Committed | StoreError]:
        return await self._database.write(lambda c: commit.commit(c, batch))

    async def _change_leases(self, batch: Sequence[claim.Change]) -> Sequence[StoreError | None]:
        return await self._database.write(lambda c: claim.change_leases(c, batch), flush=False)

    async def _mark_sent(self, batch: Sequence[outbox.Sent]) -> Sequence[None]:
        # Undone by a power failure, it is sent again under the same key.
        return await self._database.write(lambda c: outbox.mark_sent(c, batch), flush=False)
