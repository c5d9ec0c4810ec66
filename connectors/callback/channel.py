"""`POST /webhooks/callback/webhook` as in Rasa: `success` at once, the answers to a URL.

Rasa posts each message once and forgets those that fail. Here they are outbox rows: posted in the
order of their conversation, again after a failure, under the same `Idempotency-Key`.
"""

from __future__ import annotations

import json
import time
import uuid
from functools import cached_property
from typing import Annotated, Any, ClassVar

import httpx
from fastapi import APIRouter, Depends, Header, HTTPException
from starlette.responses import PlainTextResponse

from bot.stores.store import Inbound
from bot.types import ConversationId, Outbound
from connectors.callback.payloads import CallbackSettings
from connectors.callback.signature import signature
from connectors.channel import Capabilities, Desk
from connectors.errors import ChannelError, RateLimited, Rejected
from connectors.rest.incoming import DOCUMENTED, Incoming, incoming
from connectors.rest.render import render
from connectors.text import TextRefused, clean_text

FINAL_STATUSES = frozenset({400, 405, 410, 413, 415, 422})
"""The receiver will never take this message; every other failure may pass."""
MAX_RETRY_AFTER_S = 300.0
MAX_UNFINISHED = 10_000
_REFUSALS = {
    "empty": (400, "message is empty; send some text"),
    "too_long": (413, "message is too long; send at most 4000 characters"),
}


class Callback:
    """Rasa's callback channel."""

    name: ClassVar[str] = "callback"
    capabilities: ClassVar[Capabilities] = Capabilities(buttons=True, images=True)
    Settings: ClassVar[type[CallbackSettings]] = CallbackSettings

    def __init__(self, desk: Desk, settings: CallbackSettings) -> None:
        """Hold the desk and where to post."""
        self.desk, self.settings = desk, settings
        self._posted: dict[str, int] = {}

    def routers(self) -> list[APIRouter]:
        """Return the webhook's routes."""
        router = APIRouter(prefix="/webhooks/callback", tags=["callback channel"])
        router.get("/", summary="Health of the channel")(self.health)
        router.post(
            "/webhook",
            response_class=PlainTextResponse,
            summary="Send a message; the answers are posted to the callback's URL",
            openapi_extra=DOCUMENTED,
        )(self.receive)
        return [router]

    async def health(self) -> dict[str, str]:
        """Return Rasa's health answer."""
        return {"status": "ok"}

    async def receive(
        self,
        body: Annotated[Incoming, Depends(incoming)],
        idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
    ) -> PlainTextResponse:
        """Return `success` after the message is on disk."""
        try:
            text, sender = clean_text(body.text or ""), clean_text(body.sender_id)
        except TextRefused as refused:
            status, detail = _REFUSALS[refused.code]
            raise HTTPException(status, detail) from refused
        key = idempotency_key or body.message_id or uuid.uuid4().hex
        await self.desk.accept(
            Inbound(
                channel=self.name,
                dedupe_key=f"{sender}:{key}",
                conversation_id=ConversationId(sender),
                sender_id=sender,
                text=text,
                metadata=body.metadata or {},
            )
        )
        return PlainTextResponse("success")

    async def send(self, outbound: Outbound) -> str | None:
        """Post the messages of a reply, each after the one before was taken.

        Raises:
            ChannelError: the receiver did not take one; those before it are not posted again.
        """
        key = outbound.idem_key
        messages = render([outbound.reply], outbound.sender_id)
        for number, message in list(enumerate(messages))[self._posted.get(key, 0) :]:
            await self._post(message, f"{key}:{number}")
            self._note(key, number + 1)
        self._posted.pop(key, None)
        return key

    def _note(self, key: str, count: int) -> None:
        """Remember how much of a reply was taken; the oldest is forgotten, not memory filled."""
        self._posted[key] = count
        if len(self._posted) > MAX_UNFINISHED:
            del self._posted[next(iter(self._posted))]

    async def _post(self, message: dict[str, Any], key: str) -> None:
        body = json.dumps(message).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if self.settings.secret:
            at_s = int(time.time())
            headers["X-Signature"] = signature(
                self.settings.secret.get_secret_value(), body, at_s=at_s
            )
        try:
            answer = await self._client.post(self.settings.url, content=body, headers=headers)
        except httpx.HTTPError as error:
            # Without the address: its query may hold a token.
            raise ChannelError(f"the callback's receiver failed: {type(error).__name__}") from error
        _check(answer)

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        settings = self.settings
        token = {settings.query_name: settings.token.get_secret_value()} if settings.token else {}
        login = settings.basic_auth
        return httpx.AsyncClient(
            headers=settings.headers,
            params=settings.params | token,
            auth=(login.username, login.password.get_secret_value()) if login else None,
            verify=str(settings.cafile) if settings.cafile else True,
            timeout=settings.timeout_s,
            follow_redirects=False,
        )


def _check(answer: httpx.Response) -> None:
    """Return for an answer that took the message.

    Raises:
        ChannelError: it did not; redirects are refused, because they would carry the message on.
    """
    if answer.is_success:
        return
    if answer.is_redirect:
        raise Rejected(answer.status_code, "redirect")
    if answer.status_code in FINAL_STATUSES:
        raise Rejected(answer.status_code, "refused")
    wished = answer.headers.get("Retry-After", "")
    if wished.isdigit():
        raise RateLimited(min(float(wished), MAX_RETRY_AFTER_S))
    raise ChannelError(f"the callback's receiver answered {answer.status_code}")
