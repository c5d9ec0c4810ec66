"""What a request to the API says: its conversation, its flags and its JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_args

from fastapi import Depends, Request

from bot.conversation import Verbosity
from bot.errors import NoModelLoaded
from bot.model import LoadedModel
from bot.server.desk import Desk
from bot.server.rasa.errors import ApiError, HTTPStatus, bad_request
from bot.types import ConversationId

Found = TypeVar("Found")
VERBOSITIES: tuple[Verbosity, ...] = get_args(Verbosity)
_PREFIX = "/conversations/"


def desk_of(request: Request) -> Desk:
    """Return the running product."""
    desk: Desk = request.app.state.desk
    return desk


def model_of(request: Request) -> LoadedModel:
    """Return the loaded model.

    Raises:
        ApiError: 409, there is none.
    """
    return loaded_model(desk_of(request))


def loaded_model(desk: Desk) -> LoadedModel:
    """Return the model that `desk` has loaded.

    Raises:
        ApiError: 409, there is none.
    """
    try:
        return desk.model
    except NoModelLoaded as error:
        raise ApiError(HTTPStatus.CONFLICT, "Conflict", str(error)) from error


def conversation_id(request: Request) -> ConversationId:
    """Return the id in the path, as it was written there.

    Rasa does not decode it: `a%20b` names another conversation than a sender `a b` has.
    """
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.decode("ascii", "replace").partition("?")[0]
    template: str = request.scope["route"].path
    ending = template.rpartition("}")[2]
    return ConversationId(path.removeprefix(_PREFIX).removesuffix(ending))


def verbosity(request: Request) -> Verbosity:
    """Return which events the answer shows."""
    wanted = (request.query_params.get("include_events") or "AFTER_RESTART").upper()
    for known in VERBOSITIES:
        if known == wanted:
            return known
    told = f"include_events must be one of {', '.join(VERBOSITIES)}, not {wanted!r}"
    raise bad_request(told, "include_events", "query")


def flag(request: Request, name: str, default: bool = False) -> bool:
    """Return a query parameter that is `true` or not; only that word is true, as in Rasa."""
    return request.query_params.get(name, str(default)).lower() == "true"


def number(request: Request, name: str) -> float | None:
    """Return a query parameter that is a number; other words count as missing, as in Rasa."""
    try:
        return float(request.query_params[name])
    except (KeyError, ValueError):
        return None


async def json_body(request: Request) -> Any:
    """Return the request's JSON, whatever its content type says.

    Raises:
        ApiError: 400, there is none.
    """
    content = await request.body()
    if not content:
        raise bad_request("the request has no body; send JSON")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"the body is not JSON: {error}") from error


async def json_object(request: Request) -> dict[str, Any]:
    """Return the request's JSON object.

    Raises:
        ApiError: 400, it is something else.
    """
    body = await json_body(request)
    if not isinstance(body, dict):
        raise bad_request("the body must be a JSON object")
    return body


def _quick(find: Callable[[Request], Found]) -> Any:
    """Return `find` as a dependency that runs at once.

    FastAPI runs plain functions in threads, which takes longer than these do.
    """

    async def dependency(request: Request) -> Found:
        return find(request)

    return Depends(dependency)


Chat = Annotated[ConversationId, _quick(conversation_id)]
Model = Annotated[LoadedModel, _quick(model_of)]
ShownEvents = Annotated[Verbosity, _quick(verbosity)]
