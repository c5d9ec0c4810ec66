"""The terminal: it has no routes, and the shell reads the conversation's events by `seq`."""

from __future__ import annotations

from typing import ClassVar

from fastapi import APIRouter

from bot.types import Outbound
from connectors.channel import Capabilities, Desk, NoSettings


class Terminal:
    """The channel of `frontdesk shell`."""

    name: ClassVar[str] = "terminal"
    capabilities: ClassVar[Capabilities] = Capabilities(buttons=True)
    Settings: ClassVar[type[NoSettings]] = NoSettings

    def __init__(self, desk: Desk, settings: NoSettings = NoSettings()) -> None:
        """Hold the desk."""
        self.desk = desk

    def routers(self) -> list[APIRouter]:
        """Return no routes: the shell is in the same process."""
        return []

    async def send(self, outbound: Outbound) -> str | None:
        """Return the idempotency key, after telling the shell to look."""
        self.desk.hints.changed(outbound.conversation_id)
        return outbound.idem_key
