"""The way in of every push platform: bytes, verify, parse, durable inbox, acknowledgement.

Nothing is acknowledged before it is on disk, and the platform is not called before the
acknowledgement. A store that refuses becomes a 503 by the server, so that the platform tries again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.stores.store import Inbound
from bot.types import ConversationId
from connectors.channel import Desk
from connectors.degrade import TOKEN_MARK
from connectors.errors import BadSignature, ChannelError
from connectors.notes import Contact, Notes
from connectors.push import (
    ContactChanged,
    Ignored,
    Incoming,
    Operation,
    PushPlatform,
    RawRequest,
    Received,
)
from connectors.text import MAX_TEXT_CHARS, TextRefused, clean_text

log = structlog.get_logger()


class Receiver:
    """Receives for one platform."""

    def __init__(self, desk: Desk, platform: PushPlatform, notes: Notes) -> None:
        """Hold the parts."""
        self.desk, self.platform, self.notes = desk, platform, notes

    async def receive(self, request: Request) -> Response:
        """Return the acknowledgement, after every event of `request` is on disk."""
        raw = RawRequest(
            method=request.method,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.body(),
            received_at=time.time(),
        )
        try:
            self.platform.verify(raw)
        except BadSignature as error:
            log.warning("webhook.refused", channel=self.platform.name, problem=str(error))
            return PlainTextResponse("forbidden", status_code=403)
        if (answer := self.platform.handshake(raw)) is not None:
            return answer
        try:
            incoming = self.platform.parse(raw)
        except ValueError as error:
            log.warning(
                "webhook.unreadable", channel=self.platform.name, problem=type(error).__name__
            )
            return PlainTextResponse("unreadable body", status_code=400)
        courtesies = [call for item in incoming for call in await self._keep(item)]
        response = self.platform.ack(raw)
        response.background = BackgroundTask(self._be_courteous, courtesies)
        return response

    async def _keep(self, item: Incoming) -> Sequence[Operation]:
        """Record one event; return what may be called once all are acknowledged."""
        match item:
            case Received():
                return await self._accept(item)
            case ContactChanged():
                await self._change_contact(item)
            case Ignored(reason=reason):
                log.info("event.ignored", channel=self.platform.name, reason=reason)
        return ()

    async def _accept(self, item: Received) -> Sequence[Operation]:
        try:
            meant = await self._meant(item)
            text = clean_text(meant[:MAX_TEXT_CHARS])
        except TextRefused:
            log.info("event.ignored", channel=self.platform.name, reason="no text is left")
            return ()
        metadata = dict(item.metadata)
        if len(meant) > MAX_TEXT_CHARS:
            metadata["full_text"] = meant
        if title := item.title or (item.text if meant != item.text else None):
            metadata["title"] = title
        await self._is_there(item)
        accepted = await self.desk.accept(
            Inbound(
                channel=self.platform.name,
                dedupe_key=item.dedupe_key,
                conversation_id=ConversationId(item.conversation_id),
                sender_id=item.sender_id,
                text=text,
                metadata=metadata,
                locale=item.locale,
            )
        )
        return () if accepted.is_duplicate else item.courtesies

    async def _meant(self, item: Received) -> str:
        """Return the payload that a token, a number or a title stands for, else the text."""
        if item.text.startswith(TOKEN_MARK):
            return await self.notes.payload(item.text) or item.text
        offer = await self.notes.offer(item.conversation_id)
        choices = offer.choices if offer else {}
        return choices.get(item.text.strip().casefold(), item.text)

    async def _is_there(self, item: Received) -> None:
        """Remember where to answer; somebody who writes can be reached."""
        known = await self.notes.contact(item.conversation_id)
        contact = Contact(address=item.address)
        if known is not None and known.is_reachable:
            contact = replace(known, address=item.address)
        if contact != known:
            await self.notes.keep_contact(item.conversation_id, contact)

    async def _change_contact(self, item: ContactChanged) -> None:
        known = await self.notes.contact(item.conversation_id)
        if known is not None and known.changed_at_s > item.at_s:
            return
        log.info("contact.changed", channel=self.platform.name, is_reachable=item.is_reachable)
        contact = Contact(
            address=item.address, is_reachable=item.is_reachable, changed_at_s=item.at_s
        )
        await self.notes.keep_contact(item.conversation_id, contact)

    async def _be_courteous(self, calls: Sequence[Operation]) -> None:
        for call in calls:
            try:
                await self.platform.call(call, key="")
            except ChannelError as error:
                log.info("courtesy.failed", channel=self.platform.name, problem=str(error))
