"""The part of Rasa's HTTP API that Frontdesk serves: version, status, tracker and parse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot import __version__
from bot.conversation import Conversation
from bot.formats.events import reading_to_rasa, to_rasa
from bot.server.auth import require_api
from bot.server.desk import Desk
from bot.types import ConversationId, Message

RASA_VERSION = "3.6.21"
"""The version whose protocol is spoken."""
MINIMUM_COMPATIBLE = "3.5.0"
EXPLANATION = ("action", "policy", "confidence", "passages")
"""What bot events carry for the console, on top of Rasa's metadata."""
Verbosity = Literal["NONE", "APPLIED", "AFTER_RESTART", "ALL"]

public = APIRouter(tags=["service"])
api = APIRouter(tags=["conversations and model"], dependencies=[Depends(require_api)])


class ParseRequest(BaseModel):
    """A text to understand."""

    text: str = Field(max_length=4000)
    message_id: str | None = None


@public.get("/", response_class=PlainTextResponse, summary="Rasa's greeting, or the demo page")
async def root(request: Request) -> Response:
    """Return Rasa's health text; a browser is sent to the demo shop."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(request.url.replace(path="/webchat/demo/"))
    return PlainTextResponse(f"Hello from Rasa: {RASA_VERSION}")


@public.get("/version")
async def version() -> dict[str, str]:
    """Return the protocol's version and ours."""
    return {
        "version": RASA_VERSION,
        "minimum_compatible_version": MINIMUM_COMPATIBLE,
        "frontdesk": __version__,
    }


@api.get("/status")
async def status(request: Request) -> dict[str, Any]:
    """Return which model is loaded."""
    desk: Desk = request.app.state.desk
    return {
        "model_file": desk.model_id,
        "model_id": desk.model_id,
        "num_active_training_jobs": 0,
    }


@api.post("/model/parse")
async def parse(body: ParseRequest, request: Request) -> dict[str, Any]:
    """Return what understanding finds in a text, in Rasa's form."""
    desk: Desk = request.app.state.desk
    message = Message(
        id=body.message_id or "parse",
        conversation_id=ConversationId("parse"),
        channel="rest",
        sender_id="parse",
        text=body.text,
        sent_at=datetime.now(UTC),
    )
    return reading_to_rasa(await desk.engine.read(message))


@api.get("/conversations/{conversation_id:path}/tracker")
async def tracker(
    conversation_id: str,
    request: Request,
    include_events: Annotated[Verbosity, "which events to include"] = "AFTER_RESTART",
) -> dict[str, Any]:
    """Return the conversation as Rasa prints its tracker."""
    desk: Desk = request.app.state.desk
    stored = await desk.store.events(ConversationId(conversation_id))
    conversation = Conversation.of(
        ConversationId(conversation_id),
        tuple(item.event for item in stored),
        desk.domain,
        channel="rest",
        sender_id=conversation_id,
    )
    current = conversation.current_session().replayed()
    return _without_ours(current.tracker_dict(to_rasa, include_events))


def _without_ours(tracker: dict[str, Any]) -> dict[str, Any]:
    """Return the tracker without the events and explanations that only Frontdesk has."""
    events = [
        item
        for item in tracker.get("events") or []
        if not str(item["event"]).startswith("frontdesk_")
    ]
    for item in events:
        if item["event"] == "bot":
            item["metadata"] = {
                key: value for key, value in item["metadata"].items() if key not in EXPLANATION
            }
    return tracker | {"events": events}
