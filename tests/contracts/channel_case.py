"""What the contract's tests have to know about one channel; an outside channel writes its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from connectors.channel import Desk
from connectors.push import Operation, RawRequest
from tests.fakes.platform import Fake, Mood


@dataclass(frozen=True)
class Body:
    """A webhook's body before it is signed."""

    content: bytes
    content_type: str = "application/json"


class ChannelCase(ABC):
    """One channel under test: `pytest tests/contracts --channel=package.module:Class`."""

    name: str
    """As in `credentials.yml`."""
    webhook: str
    """The path of the webhook."""
    has_timestamp: bool
    """Whether the signature covers a time."""
    moods: tuple[Mood, ...] = ("rate_limited", "broken", "bad_token", "blocked")
    """What the platform can answer, besides yes."""

    @abstractmethod
    def open(self, desk: Desk, api_url: str) -> Any:
        """Return the channel, talking to the platform at `api_url`."""

    @abstractmethod
    def message(self, text: str, number: int, *, customer: str = "1001") -> Body:
        """Return the event in which `customer` says `text`; `number` makes it unique."""

    @abstractmethod
    def press(self, value: str, title: str, number: int, *, customer: str = "1001") -> Body:
        """Return the event in which `customer` presses a button that sends `value`."""

    @abstractmethod
    def sign(self, body: Body, *, at_s: float, secret: str | None = None) -> RawRequest:
        """Return the request as the platform sends it, with another secret on demand."""

    @abstractmethod
    def fixtures(self) -> Iterator[tuple[str, Body]]:
        """Return the published payloads, by name; none is an error."""

    @abstractmethod
    def fake(self) -> Fake:
        """Return a new fake of the platform."""

    @abstractmethod
    def serve(self, fake: Fake) -> AbstractContextManager[str]:
        """Serve `fake` while the block runs; return the address for `open`."""

    @abstractmethod
    def buttons(self, operation: Operation) -> list[str]:
        """Return what the buttons of a message send."""
