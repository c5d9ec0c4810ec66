"""Shows the customer that a person is typing, on platforms that can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from bot.errors import StoreError
from connectors.channel import Desk
from connectors.errors import ChannelError
from connectors.notes import Notes
from connectors.push import Address, Operation, PushPlatform

log = structlog.get_logger()

IDLE_S = 60.0


async def relay_typing(
    desk: Desk, platform: PushPlatform, notes: Notes, typing: Callable[[Address], Operation]
) -> None:
    """Pass operators' typing on until cancelled; the bot is too quick for it to be worth a call."""
    with desk.hints.reading(None) as subscription:
        while True:
            await subscription.wait(timeout_s=IDLE_S)
            while subscription.frames:
                await _pass_on(subscription.frames.popleft(), platform, notes, typing)


async def _pass_on(
    frame: dict[str, Any],
    platform: PushPlatform,
    notes: Notes,
    typing: Callable[[Address], Operation],
) -> None:
    if frame["from"]["kind"] != "agent" or not frame["on"]:
        return
    try:
        contact = await notes.contact(frame["conversation_id"])
        if contact is not None and contact.is_reachable:
            await platform.call(typing(contact.address), key="")
    except (ChannelError, StoreError) as error:
        log.info("typing.not_shown", channel=platform.name, problem=str(error))
