"""The contract of a messaging platform that calls a webhook, and the values of that contract.

A platform is pure functions over a request (`verify`, `handshake`, `parse`, `ack`) and over a reply
(`render`), and one coroutine that talks to it (`call`). `Receiver` and `Delivery` do the rest, the
same for every platform: durable inbox before the acknowledgement, addresses, choices, limits,
order, and what happens after a crash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from starlette.responses import Response

from bot.types import Outbound
from connectors.channel import Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """A webhook call as it came, so that signatures can be checked over the exact bytes."""

    method: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    received_at: float
    """Seconds since 1970; what signed timestamps are compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a conversation is answered; kept with it, so that people and reminders reach it."""

    chat: str
    """The platform's id of the chat or channel."""
    thread: str | None = None
    account: str | None = None
    """Our side: the bot or the workspace."""
    is_group: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of the platform's API."""

    method: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A customer said or pressed something: one row of the inbox."""

    dedupe_key: str
    """The same for every delivery of this event, and for no other event of the channel."""
    conversation_id: str
    sender_id: str
    text: str
    """What to understand; a pressed button's payload, or the token it travelled as."""
    address: Address
    title: str | None = None
    """What the customer saw on the button; shown to people instead of the payload."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    locale: str | None = None
    courtesies: tuple[Operation, ...] = ()
    """Calls to make once the event is acknowledged; a lost one is no harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged:
    """A customer blocked us, or came back."""

    conversation_id: str
    address: Address
    is_reachable: bool
    at_s: float
    """Seconds since 1970, by the platform's clock: an older change does not undo a newer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Something that is no message for us; `reason` is logged."""

    reason: str


Incoming = Received | ContactChanged | Ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A reply in the platform's own calls, in order, and what must be known when it is answered."""

    operations: tuple[Operation, ...]
    choices: Mapping[str, str] = field(default_factory=dict)
    """What a number or a title stands for, where buttons became numbered text."""
    tokens: Mapping[str, str] = field(default_factory=dict)
    """The payloads that were too long for a button."""


class PushPlatform(Protocol):
    """What is special to one platform. All but `call` is pure: no I/O, no clock."""

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]

    def verify(self, request: RawRequest) -> None:
        """Return if the platform sent `request`.

        Raises:
            BadSignature: it did not, or too long ago.
        """
        ...

    def handshake(self, request: RawRequest) -> Response | None:
        """Return the answer to a request that only checks this address, None for events."""
        ...

    def parse(self, request: RawRequest) -> Sequence[Incoming]:
        """Return what happened, one item per event; nothing is dropped without a reason.

        Raises:
            ValueError: the body is not what the platform sends at all.
        """
        ...

    def ack(self, request: RawRequest) -> Response:
        """Return the acknowledgement that the platform expects."""
        ...

    def render(self, outbound: Outbound, address: Address) -> Rendered:
        """Return the calls that say `outbound` at `address`, within every limit."""
        ...

    def address_of(self, outbound: Outbound) -> Address | None:
        """Return where to reach somebody who never wrote, None if that cannot be known."""
        ...

    async def call(self, operation: Operation, *, key: str) -> str | None:
        """Return the platform's message id; `key` is for platforms with idempotency keys.

        Raises:
            ChannelError: which one says what the sender does next.
        """
        ...
