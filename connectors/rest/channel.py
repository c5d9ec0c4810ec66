"""`POST /webhooks/rest/webhook` as in Rasa, with idempotency.

The answer holds what the bot says to this message; what a person says later cannot be pushed over
REST. A repeated `Idempotency-Key` (or `message_id`) returns the first result.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Any, ClassVar

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.route import PlainRoute
from bot.stores.store import Accepted, Inbound
from bot.types import ConversationId, Outbound, Reply
from connectors.channel import Capabilities, Desk, NoSettings
from connectors.rest.incoming import DOCUMENTED, Incoming, incoming
from connectors.rest.render import render
from connectors.text import TextRefused, clean_text

ANSWER_TIMEOUT_S = 120.0
MAX_KEY_CHARS = 255
_PARAMETERS = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "maxLength": MAX_KEY_CHARS},
        "description": "A repeated one returns the first result.",
    },
    {
        "name": "stream",
        "in": "query",
        "schema": {"type": "string"},
        "description": "`true`: one JSON line per message.",
    },
]


class Rest:
    """Rasa's REST channel."""

    name: ClassVar[str] = "rest"
    capabilities: ClassVar[Capabilities] = Capabilities(buttons=True, images=True)
    Settings: ClassVar[type[NoSettings]] = NoSettings

    def __init__(self, desk: Desk, settings: NoSettings = NoSettings()) -> None:
        """Hold the desk."""
        self.desk = desk

    def routers(self) -> list[APIRouter]:
        """Return the webhook's routes."""
        router = APIRouter(prefix="/webhooks/rest", tags=["rest channel"], route_class=PlainRoute)
        router.get("/", summary="Health of the channel")(self.health)
        router.post(
            "/webhook",
            summary="Send a message, get the answers",
            openapi_extra=DOCUMENTED | {"parameters": _PARAMETERS},
        )(self.receive)
        return [router]

    async def send(self, outbound: Outbound) -> str | None:
        """Return the idempotency key; the answer travels in the webhook's response."""
        return outbound.idem_key

    def rendered(self, replies: Sequence[Reply], recipient_id: str) -> list[dict[str, Any]]:
        """Return replies as the messages of an answer."""
        return render(replies, recipient_id)

    async def health(self, request: Request) -> Response:
        """Return Rasa's health answer."""
        return JSONResponse({"status": "ok"})

    async def receive(self, request: Request) -> Response:
        """Return the bot's messages in answer to this one.

        A body without a text says nothing and gets no messages, as in Rasa.
        """
        body = await incoming(request)
        if body.text is None:
            return JSONResponse([])
        key = request.headers.get("idempotency-key") or body.message_id or uuid.uuid4().hex
        if len(key) > MAX_KEY_CHARS:
            raise HTTPException(400, f"Idempotency-Key has more than {MAX_KEY_CHARS} characters")
        # The answer of a stream begins before the turn ends.
        streams = request.query_params.get("stream", "").lower() == "true"
        inbound = self._inbound(body, body.text, key=key, is_awaited=not streams)
        answer = self._answer(await self.desk.accept(inbound), inbound.sender_id)
        if streams:
            # Rasa's header has no charset.
            headers = {"Content-Type": "text/event-stream"}
            return StreamingResponse(_lines(answer), headers=headers)
        return JSONResponse(await answer)

    def _inbound(self, body: Incoming, text: str, *, key: str, is_awaited: bool) -> Inbound:
        try:
            text = clean_text(text, may_be_empty=True)
        except TextRefused as refused:
            told = "message is too long; send at most 4000 characters"
            raise HTTPException(413, told) from refused
        try:
            sender = clean_text(body.sender_id)
        except TextRefused as refused:
            told = "sender holds no visible character; send the customer's id"
            raise HTTPException(400, told) from refused
        return Inbound(
            channel=self.name,
            dedupe_key=f"{sender}:{key}",
            conversation_id=ConversationId(sender),
            sender_id=sender,
            text=text,
            metadata=body.metadata or {},
            input_channel=body.input_channel,
            is_awaited=is_awaited,
        )

    async def _answer(self, accepted: Accepted, sender: str) -> list[dict[str, Any]]:
        replies = await self.desk.replies_to(accepted, timeout_s=ANSWER_TIMEOUT_S)
        if replies is None:
            raise HTTPException(504, "the answer takes longer; ask again with the same message_id")
        return render(replies, sender)


async def _lines(answer: Awaitable[list[dict[str, Any]]]) -> AsyncIterator[str]:
    """Iterate over the messages, each as a line of JSON.

    They come together at the end of the turn: until its commit nothing may be said.
    """
    try:
        messages = await answer
    except HTTPException as late:
        messages = [{"error": late.detail}]
    for message in messages:
        yield json.dumps(message, ensure_ascii=False) + "\n"
