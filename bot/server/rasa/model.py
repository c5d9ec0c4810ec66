"""`/model` and `/domain`: understand, predict, look at the model, change it while it serves."""

from __future__ import annotations

import asyncio
import io
import tempfile
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import yaml
from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from bot.conversation import Conversation
from bot.errors import BotError
from bot.formats.domain_wire import domain_to_rasa
from bot.formats.events import from_rasa
from bot.model import LoadedModel
from bot.route import PlainRoute
from bot.server.auth import require_api
from bot.server.rasa.emulation import EMULATIONS
from bot.server.rasa.errors import ApiError, HTTPStatus, bad_request, failing_as
from bot.server.rasa.request import (
    Model,
    ShownEvents,
    desk_of,
    json_body,
    json_object,
    model_of,
)
from bot.server.rasa.scores import scores_json
from bot.server.rasa.trackers import reading_json
from bot.types import ConversationId, Message

router = APIRouter(tags=["model"], dependencies=[Depends(require_api)])
parsing = APIRouter(tags=["model"], route_class=PlainRoute)
LoadModel = Callable[[Path], LoadedModel]
DEFAULT_ID = "default"
PULL_TIMEOUT_S = 300.0
_JSON, _YAML = "application/json", "application/x-yaml"


@parsing.post("/model/parse")
async def parse(request: Request) -> Response:
    """Return what understanding finds in a text."""
    await require_api(request)
    model = model_of(request)
    if not await request.body():
        raise bad_request("the request has no body; send JSON with `text`")
    mode = request.query_params.get("emulation_mode") or None
    emulate = EMULATIONS.get(mode.lower()) if mode is not None else reading_json
    if emulate is None:
        known = ", ".join(sorted(name.upper() for name in EMULATIONS))
        raise bad_request(f"emulation_mode must be one of {known}", "emulation_mode", "query")
    async with failing_as("ParsingError"):
        message = _message(await json_body(request))
        return JSONResponse(emulate(await model.engine.read(message)))


@router.post("/model/predict")
async def predict(request: Request, model: Model, events: ShownEvents) -> dict[str, Any]:
    """Return which action would come next after a list of events."""
    body = await json_body(request)
    if not isinstance(body, list):
        raise bad_request("the body must be a list of events")
    try:
        listed = [from_rasa(event) for event in body]
        conversation = Conversation.of(DEFAULT_ID, listed, model.domain)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise bad_request(f"these are no events: {error}", "") from error
    async with failing_as("PredictionError"):
        return scores_json(conversation, model, events)


@router.put("/model", status_code=HTTPStatus.NO_CONTENT)
async def load(request: Request) -> Response:
    """Answer with another model from the next turn on; running turns end with the present one."""
    if not await request.body():
        raise bad_request("the request has no body; send JSON with `model_file`")
    body = await json_object(request)
    if body.get("remote_storage"):
        raise bad_request(
            "remote storage is not read; copy the model here and send `model_file`",
            "remote_storage",
        )
    if server := body.get("model_server"):
        model = await _pulled(request, server)
    else:
        model = await loaded(request, body.get("model_file"))
    desk_of(request).use(model)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.delete("/model", status_code=HTTPStatus.NO_CONTENT)
async def unload(request: Request) -> Response:
    """Answer nothing until a model is loaded; messages are kept."""
    desk_of(request).use(None)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/domain")
async def domain(request: Request, model: Model) -> Response:
    """Return the domain as JSON or YAML, by the `Accept` header."""
    accepted = request.headers.get("accept", _JSON)
    data = domain_to_rasa(model.domain)
    if accepted.endswith("json"):
        return JSONResponse(data)
    if accepted.endswith(("yml", "yaml")):
        text = io.StringIO()
        yaml.safe_dump(data, text, allow_unicode=True, sort_keys=False)
        return Response(text.getvalue(), media_type=_YAML)
    told = f"the domain comes as {_JSON} or {_YAML}; set the Accept header to one of them"
    raise ApiError(HTTPStatus.NOT_ACCEPTABLE, "NotAcceptable", told)


def _message(body: Mapping[str, Any]) -> Message:
    text = body["text"]
    if not isinstance(text, str):
        raise TypeError("`text` is not a string")
    return text_message(text, body.get("message_id"))


def text_message(text: str, message_id: Any = None) -> Message:
    """Return a message that belongs to no conversation."""
    return Message(
        id=str(message_id or uuid.uuid4().hex),
        conversation_id=ConversationId("parse"),
        channel="rest",
        sender_id="parse",
        text=text,
        sent_at=datetime.now(UTC),
    )


async def loaded(request: Request, file: Any) -> LoadedModel:
    """Return the model of a package.

    Raises:
        ApiError: 400, there is none or it cannot be used.
    """
    load_model: LoadModel = request.app.state.load_model
    try:
        return await asyncio.to_thread(load_model, Path(str(file)))
    except (BotError, OSError) as error:
        raise bad_request(str(error), "model", "query") from error


async def _pulled(request: Request, server: Any) -> LoadedModel:
    """Return the model that a model server offers.

    Raises:
        ApiError: 400, it offers none.
    """
    url = server.get("url") if isinstance(server, Mapping) else None
    if not isinstance(url, str):
        raise bad_request("`model_server` has no `url`", "model_server")
    token = server.get("token")
    try:
        async with httpx.AsyncClient(timeout=PULL_TIMEOUT_S) as client:
            answer = await client.get(url, params={"token": token} if token else None)
            answer.raise_for_status()
    except httpx.HTTPError as error:
        raise bad_request(f"the model server failed: {error}", "model_server") from error
    with tempfile.TemporaryDirectory(prefix="frontdesk-") as scratch:
        package = Path(scratch) / "pulled.tar.gz"
        await asyncio.to_thread(package.write_bytes, answer.content)
        return await loaded(request, package)
