"""The way out of every push platform: address, render, and each call at most once.

A reply may need several calls. Before each one it is written down that it begins, afterwards that
it is done. If the process dies in between, nobody knows whether the platform took it. A platform
with idempotency keys is asked again under the same key; for the others the call is not repeated
(at most once), the following ones are made, and the delivery ends as `Unconfirmed`: a dead letter
that people can see, never a message that the customer gets twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from bot.types import Outbound
from connectors.errors import (
    Blocked,
    ChannelError,
    Moved,
    Rejected,
    Unanswered,
    Unconfirmed,
    Unfinished,
)
from connectors.notes import Contact, Notes, Offer, Progress
from connectors.push import Operation, PushPlatform, Rendered
from connectors.throttle import Throttle

log = structlog.get_logger()

BUDGET_S = 5.0
"""With the longest wait (5 s) and call (15 s) behind it, a delivery ends within its lease (30 s):
another sender would otherwise take the row while this one still sends."""


class Delivery:
    """Delivers for one platform."""

    def __init__(self, platform: PushPlatform, notes: Notes, *, budget_s: float = BUDGET_S) -> None:
        """Hold the parts; after `budget_s` no further call of a reply is begun."""
        self.budget_s = budget_s
        self.platform, self.notes = platform, notes
        self.throttle = Throttle(platform.capabilities.rates)

    async def send(self, outbound: Outbound) -> str | None:
        """Return the platform's id of the last message of `outbound`.

        Raises:
            ChannelError: what the sender does next.
        """
        contact = await self._contact(outbound)
        rendered = self.platform.render(outbound, contact.address)
        await self._remember(outbound, rendered)
        try:
            return await self._perform(outbound, rendered, contact)
        except Moved as moved:
            address = replace(contact.address, chat=moved.chat)
            await self.notes.keep_contact(
                outbound.conversation_id, replace(contact, address=address)
            )
            log.info("contact.moved", channel=self.platform.name)
            raise
        except Blocked:
            await self.notes.keep_contact(
                outbound.conversation_id, replace(contact, is_reachable=False)
            )
            raise

    async def _contact(self, outbound: Outbound) -> Contact:
        contact = await self.notes.contact(outbound.conversation_id)
        if contact is None:
            address = self.platform.address_of(outbound)
            if address is None:
                raise Rejected(0, "nobody wrote in this conversation yet, its address is unknown")
            return Contact(address=address)
        if not contact.is_reachable:
            raise Blocked(0, "the customer blocked the bot")
        return contact

    async def _remember(self, outbound: Outbound, rendered: Rendered) -> None:
        """Keep what the answer to this reply may refer to, before anybody can answer."""
        await self.notes.keep_tokens(rendered.tokens)
        turn = outbound.idem_key.rpartition(":")[0]
        offer = Offer(turn=turn, choices=dict(rendered.choices))
        await self.notes.keep_offer(outbound.conversation_id, offer)

    async def _perform(
        self, outbound: Outbound, rendered: Rendered, contact: Contact
    ) -> str | None:
        """Make the calls that were not made yet, in order."""
        clock = asyncio.get_running_loop()
        deadline = clock.time() + self.budget_s
        progress = start = await self._resumed(outbound)
        provider_id: str | None = None
        for number, operation in enumerate(rendered.operations, 1):
            if number <= progress.done:
                continue
            if progress.done > start.done and clock.time() > deadline:
                raise Unfinished(f"{progress.done} of {len(rendered.operations)} calls are made")
            await self.throttle.wait(contact.address)
            progress = replace(progress, begun=number)
            provider_id = await self._once(outbound, operation, progress)
            progress = replace(progress, done=number)
            await self.notes.keep_progress(outbound.conversation_id, progress)
        if progress.unknown:
            raise Unconfirmed(
                f"call {', '.join(map(str, progress.unknown))} of {len(rendered.operations)} may or"
                " may not have arrived; the platform has no idempotency key, so it was not repeated"
            )
        return provider_id

    async def _resumed(self, outbound: Outbound) -> Progress:
        """Return how far this delivery came before, past the call whose end is unknown."""
        known = await self.notes.progress(outbound.conversation_id)
        if known is None or known.key != outbound.idem_key:
            return Progress(key=outbound.idem_key)
        if known.begun > known.done and not self.platform.capabilities.is_idempotent:
            log.warning("delivery.unknown", channel=self.platform.name, call=known.begun)
            return replace(known, done=known.begun, unknown=(*known.unknown, known.begun))
        return known

    async def _once(
        self, outbound: Outbound, operation: Operation, progress: Progress
    ) -> str | None:
        """Make one call, with its beginning on disk; a refusal is known not to have arrived."""
        await self.notes.keep_progress(outbound.conversation_id, progress)
        key = f"{outbound.idem_key}:{progress.begun}"
        try:
            return await self.platform.call(operation, key=key)
        except Unanswered:
            raise
        except ChannelError:
            refused = replace(progress, begun=progress.done)
            await self.notes.keep_progress(outbound.conversation_id, refused)
            raise
