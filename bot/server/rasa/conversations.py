"""`/conversations/...`: what other systems read from a conversation and ask of it.

Everything that changes a conversation waits in the inbox for its turn, as messages do: it sees
what the turn before it led to, and survives a crash.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse

from bot.conversation import LISTEN, SESSION_START, Conversation
from bot.domain import BUILTIN_INTENTS, action_names
from bot.events import ActionRan
from bot.formats.events import IncompleteEvent, entities_from_rasa, from_rasa
from bot.formats.told_story import told_stories
from bot.server.auth import require_api
from bot.server.rasa.asking import Asking, Outcome
from bot.server.rasa.errors import ApiError, HTTPStatus, bad_request, failing_as
from bot.server.rasa.request import (
    Chat,
    Model,
    ShownEvents,
    desk_of,
    flag,
    json_body,
    json_object,
    number,
)
from bot.server.rasa.scores import best_first, scores_json
from bot.server.rasa.trackers import session_tracker, stored_tracker, tracker_json
from bot.types import ExternalIntent, Operation

FAILED = "ConversationError"
router = APIRouter(tags=["conversations"], dependencies=[Depends(require_api)])
_PATH = "/conversations/{conversation_id:path}"


@router.get(f"{_PATH}/tracker")
async def tracker(request: Request, key: Chat, model: Model, events: ShownEvents) -> dict[str, Any]:
    """Return the conversation; one that nobody knows is shown as it would begin."""
    until = number(request, "until")
    desk = desk_of(request)
    async with failing_as(FAILED):
        conversation = await stored_tracker(desk, key, model.domain)
        if not conversation.events:
            conversation = (await model.engine.start_session(conversation)).conversation
        if until is not None:
            conversation = conversation.until(until)
        return tracker_json(conversation, events)


@router.post(f"{_PATH}/tracker/events")
async def append_events(
    request: Request, key: Chat, model: Model, events: ShownEvents
) -> dict[str, Any]:
    """Append events; with `execute_side_effects` their messages are sent, reminders scheduled."""
    wanted = await _events(request)
    if not wanted:
        told = "the list of events is empty"
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED, told)
    asking = await Asking.of(request, key, model)
    operation = Operation(
        name="append",
        body={"events": wanted},
        output_channel=asking.output_channel,
        delivers=flag(request, "execute_side_effects"),
    )
    async with failing_as(FAILED):
        return tracker_json((await asking.do(operation)).conversation, events)


@router.put(f"{_PATH}/tracker/events")
async def replace_events(
    request: Request, key: Chat, model: Model, events: ShownEvents
) -> dict[str, Any]:
    """Let the conversation have these events and no others."""
    wanted = await _events(request)
    if not isinstance(await json_body(request), list):
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED, "the body must be a list")
    operation = Operation(name="replace", body={"events": wanted}, delivers=False)
    async with failing_as(FAILED):
        done = await Asking(desk_of(request), key).do(operation)
        return tracker_json(done.conversation, events)


@router.get(f"{_PATH}/story", response_class=PlainTextResponse)
async def story(request: Request, key: Chat, model: Model) -> str:
    """Return the latest session, or `all_sessions`, as test stories."""
    await _known(request, key)
    until = number(request, "until")
    async with failing_as(FAILED):
        conversation = await stored_tracker(desk_of(request), key, model.domain)
        sessions = conversation.sessions()
        if not flag(request, "all_sessions"):
            sessions = sessions[-1:]
        if until is not None:
            sessions = tuple(session.until(until) for session in sessions)
        return told_stories(key, [session for session in sessions if session.events])


@router.post(f"{_PATH}/messages")
async def add_message(
    request: Request, key: Chat, model: Model, events: ShownEvents
) -> dict[str, Any]:
    """Record a user's message and fill slots from it, without an answer."""
    body = await json_object(request)
    sender, text, parsed = body.get("sender"), body.get("text"), body.get("parse_data")
    if sender != "user":
        raise bad_request(f"only messages of `user` can be added, not of {sender!r}", "sender")
    if text is None and parsed is not None:
        text = parsed.get("text")
    if not isinstance(text, str):
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED, "the message has no `text`")
    operation = Operation(name="log", body={"text": text, "parse_data": parsed})
    async with failing_as(FAILED):
        done = await Asking(desk_of(request), key).do(operation)
        return tracker_json(done.conversation, events)


@router.post(f"{_PATH}/trigger_intent")
async def trigger_intent(
    request: Request, key: Chat, model: Model, events: ShownEvents
) -> dict[str, Any]:
    """Let an intent that no customer wrote be answered."""
    body = await json_object(request)
    name = body.get("name")
    if not name:
        raise bad_request("the intent has no `name`", "name")
    if name not in (*model.domain.intents, *BUILTIN_INTENTS):
        told = f"the domain has no intent {name!r}"
        raise ApiError(HTTPStatus.NOT_FOUND, "NotFound", told)
    try:
        entities = entities_from_rasa(body.get("entities"))
    except ValueError as error:
        raise bad_request(str(error), "entities") from error
    asking = await Asking.of(request, key, model)
    intent = ExternalIntent(name=name, entities=entities, output_channel=asking.output_channel)
    async with failing_as(FAILED):
        done = await asking.trigger(intent)
        return asking.answer(done.conversation, done.replies, events)


@router.post(f"{_PATH}/execute", deprecated=True)
async def execute(request: Request, key: Chat, model: Model, events: ShownEvents) -> dict[str, Any]:
    """Execute one action, without a decision before or after it."""
    await _known(request, key)
    body = await json_object(request)
    name = body.get("name")
    if not name:
        raise bad_request("the action has no `name`", "name")
    if name not in action_names(model.domain):
        told = f"the domain has no action {name!r}"
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED, told)
    policy, confidence = body.get("policy"), body.get("confidence")
    if not isinstance(policy, str | None):
        raise bad_request("the policy must be a text", "policy")
    if not isinstance(confidence, int | float | None):
        raise bad_request("the confidence must be a number", "confidence")
    asking = await Asking.of(request, key, model)
    operation = Operation(
        name="execute",
        body={"action": name, "policy": policy, "confidence": confidence},
        output_channel=asking.output_channel,
    )
    async with failing_as(FAILED):
        done = await asking.do(operation)
        # Rasa shows the tracker without the action that it ran.
        shown = done.before if name == SESSION_START else _in_session(done)
        return asking.answer(shown, done.replies, events)


@router.post(f"{_PATH}/predict")
async def predict(request: Request, key: Chat, model: Model) -> dict[str, Any]:
    """Return which action would come next; nothing is recorded."""
    await _known(request, key)
    async with failing_as(FAILED):
        conversation = await session_tracker(desk_of(request), key, model.domain)
        started = await model.engine.start_session(conversation)
        return best_first(scores_json(started.conversation, model, "AFTER_RESTART"))


def _in_session(done: Outcome) -> Conversation:
    """Return the conversation before a turn, with the session that the turn may have begun."""
    new = done.conversation.events[len(done.before.events) :]
    ran = [event.name if isinstance(event, ActionRan) else None for event in new]
    if ran[:1] != [SESSION_START]:
        return done.before
    return done.before.after(*new[: ran.index(LISTEN) + 1])


async def _known(request: Request, key: Chat) -> None:
    if not await desk_of(request).store.events(key, limit=1):
        raise ApiError(HTTPStatus.NOT_FOUND, "Not found", "there is no such conversation")


async def _events(request: Request) -> list[dict[str, Any]]:
    """Return the events of the body, one or a list of them.

    Raises:
        ApiError: 400, one of them is no event; 500, one lacks what it cannot do without.
    """
    body = await json_body(request)
    events = body if isinstance(body, list) else [body]
    for number_, event in enumerate(events):
        if not isinstance(event, dict):
            raise bad_request(f"event {number_} is not a JSON object")
        try:
            from_rasa(event)
        except IncompleteEvent as error:
            told = f"event {number_}: {error}"
            raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED, told) from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise bad_request(f"event {number_}: {error}") from error
    return events
