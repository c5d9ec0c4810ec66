"""The contract of the store: the one place where conversations, inbox and outbox live.

The promise: a message that was accepted is processed exactly once, in its conversation's order, and
its replies are each delivered at least once with a stable idempotency key. Every method is one
short transaction; none is open while a model thinks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.events import Event
from bot.types import ConversationId, ExternalIntent, Operation, Outbound

State = Literal["bot", "queued", "assigned", "resolved"]
View = Literal["queue", "mine", "bot", "assigned", "resolved", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What a channel received; `(channel, dedupe_key)` is unique for ever."""

    channel: str
    dedupe_key: str
    conversation_id: ConversationId
    sender_id: str
    text: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    locale: str | None = None
    input_channel: str | None = None
    """Another name that the sender gives the channel, as trackers show it."""
    external: ExternalIntent | None = None
    """Set when no customer wrote: `text` is then `external.text`, and `channel` names who
    triggered it (such as `reminder`), which does not become the conversation's channel."""
    operation: Operation | None = None
    """Set when another system asks for it; `text` is then empty."""
    is_awaited: bool = False
    """The sender's request stays open until the answer, and brings it: nothing else is delivered,
    and nothing is acknowledged before the turn is on disk."""

    @property
    def is_from_customer(self) -> bool:
        """Whether a customer wrote, so that answers go where this came from."""
        return self.external is None and self.operation is None

    @property
    def output_channel(self) -> str | None:
        """Where answers go by request; None for the conversation's channel."""
        asked = self.external or self.operation
        return asked.output_channel if asked else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The durable receipt of an `Inbound`; for a duplicate the first one's inbox id."""

    inbox_id: int
    is_duplicate: bool
    is_claimed: bool = False
    """Whether a claimant of this process got the conversation with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """An accepted message that waits for its turn."""

    id: int
    inbound: Inbound
    received_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on one conversation until it expires; `token` fences late commits."""

    conversation_id: ConversationId
    token: str
    epoch: int
    """`owner_epoch` when the lease was taken."""
    state: State
    last_seq: int
    """Of the conversation's events; a conversation kept in memory is current only if it has it."""
    rows: tuple[InboxRow, ...]
    """In the order in which they must be answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """What one message led to, ready to be committed."""

    inbox_id: int
    events: tuple[Event, ...]
    """In order; `BotSaid` events also become outbox rows with key `inbox_id:index`."""
    as_bot: bool
    """True: the turn is the bot's and needs state `bot` under the lease's epoch."""
    ends_lease: bool = False
    """True: the lease is given back in the same transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The result of a commit."""

    last_seq: int
    was_fenced: bool
    """True: a person took over meanwhile; only what the customer said was kept, and the bot's
    texts as `DraftDiscarded`."""
    epoch: int
    state: State
    pending: int = 0
    """How many messages of the conversation still wait."""
    was_repeated: bool = False
    """True: the message had been answered before; this turn changed nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event with its places in the conversation."""

    seq: int
    """Dense from 1 over all events of the conversation."""
    public_seq: int | None
    """Dense from 1 over what the customer sees (said, joined, left, queued, resolved)."""
    inbox_id: int | None
    cid: str | None
    """The client's id of a message: the inbox dedupe key or the operator's `cid`."""
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A leased outbox row."""

    id: int
    attempts: int
    outbound: Outbound


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person who answers customers."""

    id: str
    name: str
    role: Literal["admin", "agent"] = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A conversation as lists show it."""

    id: ConversationId
    channel: str
    sender_id: str
    state: State
    assignee: Operator | None
    owner_epoch: int
    last_seq: int
    last_public_seq: int
    customer_last_seq: int
    waiting_since: datetime | None
    handoff_reason: str | None
    title: str | None
    """What it is about, since the bot last asked for a person."""
    temper: float
    """How the customer feels; `bot.mood` says what it means."""
    last_text: str | None
    """The newest text of a person; the bot's are left out."""
    last_from: str | None
    """`customer` or `agent`."""
    updated_at: datetime
    locale: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The receipt of an operator's message."""

    seq: int
    is_duplicate: bool


class Claimant(Protocol):
    """Who works on conversations as soon as their messages are accepted."""

    lease_s: float

    def room(self) -> int:
        """Return how many more conversations may be worked on now."""
        ...

    def take(self, leases: Sequence[Lease]) -> None:
        """Begin to work on `leases`."""
        ...


class Store(Protocol):
    """Inbox, conversations, outbox, handoff and operators over one database."""

    async def open(self) -> None:
        """Migrate the schema, take the single-process lock (SQLite) and start the batchers."""
        ...

    async def close(self) -> None:
        """Finish what is being written and release everything."""
        ...

    async def is_healthy(self) -> bool:
        """Return whether the database answers a write."""
        ...

    # Inbox
    async def accept(self, inbound: Inbound) -> Accepted:
        """Return after `inbound` is on disk (group commit).

        One that is awaited is written, but on disk only with its turn: a killed process forgets
        neither, and after a power failure nobody was told that it was accepted.

        Raises:
            StoreError: nothing was recorded; the sender may try again.
        """
        ...

    def serve(self, claimant: Claimant | None) -> None:
        """Lease what is accepted from now on to `claimant`, as far as it has room.

        The lease is taken by the transaction that accepts the message: one less for every turn.
        """
        ...

    async def claim(self, *, limit: int, lease_s: float) -> tuple[Lease, ...]:
        """Return leases of up to `limit` conversations with waiting messages, oldest first."""
        ...

    async def renew(self, lease: Lease, *, lease_s: float) -> None:
        """Extend `lease`.

        Raises:
            LeaseLost: somebody else holds the conversation.
        """
        ...

    async def release(self, lease: Lease) -> None:
        """Give the lease back; a lost lease is ignored."""
        ...

    async def commit(self, lease: Lease, turn: TurnRecord) -> Committed:
        """Record a turn at once: events, outbox rows, inbox row done (group commit).

        A `HandoffRequested` in the turn makes the state `queued` (epoch + 1, waiting since now)
        after the turn's texts; `Resolved` makes it `resolved`. A customer message to a `resolved`
        conversation makes it `bot` again. The lease stays with its holder.

        Raises:
            LeaseLost: the turn was dropped; the message stays in the inbox. So it is, too, when
                a person had the conversation meanwhile and the bot has it again.
            StoreError: nothing was recorded.
        """
        ...

    async def fail(
        self, lease: Lease, inbox_id: int, *, problem: str, retry_in_s: float, max_attempts: int
    ) -> bool:
        """Count a failed attempt; return True when the message is dead and blocks no longer.

        A dead message is recorded as `UserSaid` and `ActionFailed`; the conversation is queued.
        """
        ...

    async def is_done(self, inbox_id: int) -> bool:
        """Return whether the message was answered (or given up)."""
        ...

    # Conversations
    async def events(
        self, conversation_id: ConversationId, *, after_seq: int = 0, limit: int | None = None
    ) -> tuple[StoredEvent, ...]:
        """Return the events with `seq > after_seq`, in order; empty for an unknown conversation."""
        ...

    async def events_of(self, inbox_id: int) -> tuple[StoredEvent, ...]:
        """Return what one message led to, in order."""
        ...

    async def append(
        self,
        conversation_id: ConversationId,
        events: Sequence[Event],
        *,
        channel: str,
        sender_id: str,
        acts: bool = False,
    ) -> int:
        """Append events outside a turn (API, session start); return the last seq.

        With `acts` they have effects as in a turn: bot messages are delivered to `channel`, and
        reminders are set and cancelled.
        """
        ...

    async def summary(self, conversation_id: ConversationId) -> Summary | None:
        """Return the conversation's summary, None if unknown."""
        ...

    async def summaries(
        self, view: View, *, operator_id: str | None = None, limit: int = 100
    ) -> tuple[Summary, ...]:
        """Return the conversations of `view`, newest first.

        Of the queue: angry customers first, then upset ones, each by longest waiting.
        """
        ...

    async def counts(self, *, operator_id: str | None = None) -> Mapping[View, int]:
        """Return how many conversations each view holds."""
        ...

    async def changed_since(
        self, cursor: int, *, limit: int = 500
    ) -> tuple[int, tuple[Summary, ...]]:
        """Return the next cursor and the conversations changed after `cursor`."""
        ...

    # Handoff (ownership; each one conditional UPDATE with RETURNING, see the races in the tests)
    async def assign(self, conversation_id: ConversationId, operator: Operator) -> Summary:
        """Give the conversation to `operator` (from `bot` or `queued`); epoch + 1.

        Raises:
            OwnershipConflict: `already_claimed`, with the winner.
            KeyError: no such conversation.
        """
        ...

    async def say(
        self, conversation_id: ConversationId, operator: Operator, *, cid: str, text: str
    ) -> Said:
        """Record the operator's message and queue its delivery; a repeated `cid` changes nothing.

        Raises:
            OwnershipConflict: `bot_owns` or `not_assignee`.
            KeyError: no such conversation.
        """
        ...

    async def hand_back(self, conversation_id: ConversationId, operator: Operator) -> Summary:
        """Give the conversation back to the bot; epoch + 1.

        Raises:
            OwnershipConflict: `not_assignee`.
        """
        ...

    async def resolve(
        self,
        conversation_id: ConversationId,
        operator: Operator,
        *,
        if_customer_last_seq: int | None = None,
    ) -> Summary:
        """Close the conversation.

        Raises:
            OwnershipConflict: `not_assignee`, or `new_message` when the customer wrote meanwhile.
        """
        ...

    # Outbox
    async def claim_deliveries(self, *, limit: int, lease_s: float) -> tuple[Delivery, ...]:
        """Return due outbox rows, at most the first undelivered one of each conversation."""
        ...

    async def mark_sent(self, delivery: Delivery, *, provider_id: str | None) -> None:
        """Record the delivery."""
        ...

    async def retry_delivery(self, delivery: Delivery, *, in_s: float, problem: str) -> None:
        """Try again after `in_s`."""
        ...

    async def bury_delivery(self, delivery: Delivery, *, problem: str) -> None:
        """Give the delivery up (dead letter); later rows of the conversation go on."""
        ...

    # Reminders: set and cancelled by the events of a turn, in its commit
    async def next_timer_s(self) -> float | None:
        """Return in how many seconds the next reminder is due (<= 0: now), None without any."""
        ...

    async def fire_timers(self, *, limit: int) -> int:
        """Move due reminders to the inbox as external intents, each exactly once; return how many.

        A reminder of the same name in the same conversation replaces the earlier one.
        """
        ...

    # Operators and their sessions
    async def operator_by_name(self, name: str) -> tuple[Operator, str] | None:
        """Return the operator and the password hash."""
        ...

    async def add_operator(self, operator: Operator, *, password_hash: str) -> None:
        """Add an operator, or change name, role and password of an existing id."""
        ...

    async def open_session(self, operator: Operator, *, token_hash: str, ttl_s: float) -> None:
        """Record a login under the sha256 of its token."""
        ...

    async def session_operator(self, token_hash: str) -> Operator | None:
        """Return who is logged in under `token_hash`, None if unknown or expired."""
        ...

    async def close_session(self, token_hash: str) -> None:
        """End a login."""
        ...

    async def meta(self, key: str) -> str | None:
        """Return a stored setting, such as the widget's signing secret."""
        ...

    async def set_meta(self, key: str, value: str) -> None:
        """Store a setting."""
        ...
