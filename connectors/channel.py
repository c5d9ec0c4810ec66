"""The contract of a channel, and what the desk offers to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.types import ASGIApp

from bot.hints import Hints
from bot.stores.store import Accepted, Inbound, Store
from bot.types import Outbound


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

    async def wait_done(self, inbox_id: int, *, timeout_s: float) -> bool:
        """Return whether the message was answered within `timeout_s`."""
        ...

    async def secret(self, name: str) -> bytes:
        """Return the 32 secret bytes kept under `name`, made at first use."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can show; the rest is degraded before sending."""

    buttons: bool = False
    images: bool = False
    max_text_chars: int = 4000


class NoSettings(BaseModel):
    """The settings of a channel that needs none."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Channel(Protocol):
    """A way to reach customers: routes that receive, and `send`."""

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

    def mounts(self) -> Mapping[str, ASGIApp]:
        """Return the applications by the path under which they answer."""
        ...
