"""The contract of a channel, and what the desk offers to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.types import ASGIApp

from bot.hints import Hints
from bot.stores.store import Accepted, Inbound, Store
from bot.types import Outbound, Reply


class Desk(Protocol):
    """The running product, as a channel sees it."""

    store: Store
    hints: Hints

    async def accept(self, inbound: Inbound) -> Accepted:
        """Return after `inbound` is on disk, and wake the worker.

        Raises:
            StoreError: nothing was recorded; answer with a retryable status.
        """
        ...

    async def wait_done(self, accepted: Accepted, *, timeout_s: float) -> bool:
        """Return whether the message was answered within `timeout_s`."""
        ...

    async def replies_to(self, accepted: Accepted, *, timeout_s: float) -> tuple[Reply, ...] | None:
        """Return what the bot says to a message, None if that takes longer than `timeout_s`."""
        ...

    async def secret(self, name: str) -> bytes:
        """Return the 32 secret bytes kept under `name`, made at first use."""
        ...


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a text may be, in the platform's own unit."""

    amount: int
    unit: Literal["chars", "utf16", "bytes"] = "chars"
    """`chars` are code points, `utf16` are 16-bit units, `bytes` are those of UTF-8."""

    def measure(self, text: str) -> int:
        """Return the length of `text` in this unit."""
        match self.unit:
            case "chars":
                return len(text)
            case "utf16":
                return len(text.encode("utf-16-le", "surrogatepass")) // 2
            case "bytes":
                return len(text.encode("utf-8", "surrogatepass"))

    def holds(self, text: str) -> bool:
        """Return whether `text` is within the limit."""
        return self.measure(text) <= self.amount


@dataclass(frozen=True, slots=True)
class Rate:
    """How many messages a platform takes in a time, and from whom they are counted."""

    amount: int
    per_s: int
    scope: Literal["account", "chat", "group"]
    """`account` counts all chats together, `chat` each one, `group` each one of several people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can show; the rest is degraded before sending (`degrade.py`).

    Every limit of a platform stands here, with its unit, and nowhere in the code.
    """

    buttons: bool = False
    images: bool = False
    files: bool = False
    typing: bool = False
    threads: bool = False
    text: Limit = Limit(4000)
    """One message without buttons."""
    text_with_buttons: Limit | None = None
    """One message that carries buttons, where that is shorter."""
    max_buttons: int = 0
    """0 where there is no limit."""
    button_title: Limit | None = None
    button_payload: Limit | None = None
    """Longer payloads travel as a token."""
    image_url: Limit | None = None
    rates: tuple[Rate, ...] = ()
    ack_budget_s: float = 1.0
    """The platform must have its acknowledgement within this time."""
    is_idempotent: bool = False
    """The platform drops a message that repeats an idempotency key."""


class NoSettings(BaseModel):
    """The settings of a channel that needs none."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Channel(Protocol):
    """A way to reach customers: routes that receive, and `send`.

    A messaging platform that calls a webhook is written against `push.py`, which makes a channel of
    a few pure functions. A channel may also have `async def run(self)`: it is started with the desk
    and cancelled when the desk closes.
    """

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    Settings: ClassVar[type[BaseModel]]
    """What stands under the channel's name in `credentials.yml`; as in Rasa where it has it."""

    def __init__(self, desk: Desk, settings: Any) -> None:
        """Hold the desk and an instance of `Settings`; no I/O."""
        ...

    def routers(self) -> Sequence[APIRouter]:
        """Return the HTTP and WebSocket routes to mount."""
        ...

    async def send(self, outbound: Outbound) -> str | None:
        """Return the platform's message id once `outbound` is delivered.

        Raises:
            ChannelError: says whether and when to try again.
        """
        ...


class Mounting(Channel, Protocol):
    """A channel that also brings ASGI applications of its own, such as a Socket.IO server."""

    def mounts(self, cors: Sequence[str]) -> Mapping[str, ASGIApp]:
        """Return the applications by the path under which they answer.

        Args:
            cors: Origins of other web pages that may use the server; `*` for all.
        """
        ...
