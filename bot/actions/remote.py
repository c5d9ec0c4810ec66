"""Client of an action server that speaks Rasa SDK's protocol."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import tenacity
from pydantic import ValidationError

from bot.actions.action import Rejected, World, said
from bot.actions.answer import ActionAnswer, ActionResponse
from bot.actions.outage import Outage
from bot.conversation import Conversation
from bot.domain import Domain, action_names
from bot.endpoint import client_of, json_body, parameters_of
from bot.errors import ActionError, ActionServerUnreachable
from bot.events import Event, LoopSet
from bot.formats.domain_wire import domain_to_rasa
from bot.formats.events import from_rasa, to_rasa
from bot.memo import IdentityMemo
from bot.nlg import templates
from bot.project import Endpoint

_log = logging.getLogger(__name__)
PROTOCOL_VERSION = "3.6.21"
REJECTS = 400
"""The SDK answers this, and names the action, when an action refuses to run."""
NEEDS_DOMAIN = 449
"""Newer servers keep the domain by its digest, and answer this when they have another one."""
TIMEOUT_S = 300.0
UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout)
"""The connection never came up: nothing can have been done."""
EventToJson = Callable[[Event], Mapping[str, Any]]
EventsFromJson = Callable[[Iterable[Mapping[str, Any]]], Iterable[Event]]


def _events_from_rasa(items: Iterable[Mapping[str, Any]]) -> list[Event]:
    return [from_rasa(item) for item in items]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionServer:
    """Where custom actions run.

    Only a connection that never came up is tried again: nothing can have been done then. An answer
    of any kind, 5xx as well, and a timeout are final, for the action may have had its effect.
    """

    url: str
    client: httpx.AsyncClient
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    event_json: EventToJson = field(default_factory=lambda: IdentityMemo(to_rasa))
    """Every request holds the whole conversation, most of which the last one held, too."""
    events_from_json: EventsFromJson = _events_from_rasa
    timeout_s: float = TIMEOUT_S
    attempts: int = 3
    domain_json: Callable[[Domain], Mapping[str, Any]] = field(
        default_factory=lambda: IdentityMemo(_domain, size=2)
    )
    wait_seconds: float = 0.2
    """Before the second attempt; doubles with each further one."""
    outage: Outage = field(default_factory=Outage)
    is_selective: bool = False
    """Send the domain only to actions that ask for it."""
    is_compressed: bool = field(
        default_factory=lambda: (
            os.environ.get("COMPRESS_ACTION_SERVER_REQUEST", "").lower() in ("1", "true")
        )
    )

    @classmethod
    def at(cls, endpoint: Endpoint, *, attempts: int = 3) -> ActionServer:
        """Return the client of the server at `endpoint`."""
        return cls(
            url=endpoint.url,
            client=client_of(endpoint, timeout_s=TIMEOUT_S),
            parameters=parameters_of(endpoint),
            attempts=attempts,
            is_selective=bool(endpoint.settings.get("enable_selective_domain")),
        )

    async def run(self, name: str, conversation: Conversation, world: World) -> list[Event]:
        """Return the events that the server's action `name` leads to, bot messages first.

        Raises:
            Rejected: the server answered 400.
            ActionServerUnreachable: no answer after the last attempt.
            ActionError: any other failure.
        """
        body = self._request(name, conversation, world)
        answer = await self._post(name, body)
        if answer.status_code == NEEDS_DOMAIN:
            body = {**body, **self.domain_json(world.domain)}
            answer = await self._post(name, body)
        told = _read(name, answer)
        messages = await _messages(told.responses or (), conversation, world)
        events = self._events(name, told.events or ())
        _check_loops(name, events, world)
        return [*messages, *events]

    def _events(self, name: str, data: Iterable[Mapping[str, Any]]) -> list[Event]:
        try:
            return list(self.events_from_json(data))
        except (KeyError, ValueError, TypeError) as error:
            raise ActionError(
                f"{name}: the action server sent an unknown event: {error}"
            ) from error

    def _request(self, name: str, conversation: Conversation, world: World) -> dict[str, Any]:
        body: dict[str, Any] = {
            "next_action": name,
            "sender_id": conversation.sender_id,
            "tracker": conversation.tracker_dict(self.event_json, "ALL"),
            "version": PROTOCOL_VERSION,
        }
        wants_domain = name in world.domain.actions_with_domain or name.startswith("validate_")
        if not self.is_selective:
            return {**body, "domain": self.domain_json(world.domain)["domain"]}
        # Rasa SDK 3.9 and later keep the last domain under its digest; older ones ignore the key.
        whole = self.domain_json(world.domain)
        told = whole if wants_domain else {"domain_digest": whole["domain_digest"]}
        return {**body, **told}

    async def _post(self, name: str, body: Mapping[str, Any]) -> httpx.Response:
        content = json_body(body)
        headers = {"Content-Type": "application/json"}
        if self.is_compressed:
            content, headers["Content-Encoding"] = zlib.compress(content), "deflate"
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(self.outage.attempts(self.attempts)),
            wait=tenacity.wait_exponential(multiplier=self.wait_seconds),
            retry=tenacity.retry_if_exception_type(UNREACHED),
            reraise=True,
        )
        try:
            answer = await retrying(
                self.client.post, httpx.URL(self.url).copy_merge_params(self.parameters),
                content=content, headers=headers, timeout=self.timeout_s,
            )  # fmt: skip
        except httpx.HTTPError as error:
            if isinstance(error, UNREACHED):
                self.outage.noticed()
            raise ActionServerUnreachable(
                f"{name}: the action server at {self.url} did not answer ({error!r}); "
                "is it running?"
            ) from error
        self.outage.ended()
        return answer


def _check_loops(name: str, events: Iterable[Event], world: World) -> None:
    """Refuse to start what cannot be run: the conversation would never come out of it.

    Raises:
        ActionError: naming the loop.
    """
    loops = {event.name for event in events if isinstance(event, LoopSet) and event.name}
    if loops and (unknown := loops - set(action_names(world.domain))):
        raise ActionError(f"{name}: the domain has no form {', '.join(sorted(unknown))}")


def _domain(domain: Domain) -> Mapping[str, Any]:
    """Return the domain and its digest."""
    data = domain_to_rasa(domain)
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    return {"domain": data, "domain_digest": digest}


def _read(name: str, answer: httpx.Response) -> ActionAnswer:
    if answer.status_code == REJECTS:
        _reject(_json(name, answer))
    if answer.status_code == 404:
        raise ActionError(f"{name}: the action server knows no such action")
    if answer.is_error:
        raise ActionError(f"{name}: the action server answered {answer.status_code}")
    if not answer.content:
        return ActionAnswer()
    try:
        return ActionAnswer.model_validate(_json(name, answer))
    except ValidationError as error:
        keys = ", ".join(".".join(map(str, item["loc"])) or "body" for item in error.errors())
        raise ActionError(f"{name}: the action server's answer is invalid at: {keys}") from error


def _reject(data: Any) -> None:
    """Raise `Rejected` if the answer names an action; any other 400 is a failure like 500."""
    if isinstance(data, dict) and isinstance(data.get("action_name"), str):
        raise Rejected(data["action_name"], str(data.get("error") or ""))


def _json(name: str, answer: httpx.Response) -> Any:
    try:
        return json.loads(answer.text)
    except ValueError as error:
        raise ActionError(f"{name}: the action server's answer is not JSON") from error


async def _messages(
    responses: Iterable[ActionResponse], conversation: Conversation, world: World
) -> list[Event]:
    messages: list[Event] = []
    for response in responses:
        content = await _content(response.model_dump(exclude_unset=True), conversation, world)
        if content is not None:
            messages.append(said(templates.reply_of(content)))
    return messages


async def _content(
    response: dict[str, Any], conversation: Conversation, world: World
) -> dict[str, Any] | None:
    """Return what one entry of `responses` says; a named response is completed by its keys."""
    name = response.pop("response", None) or response.get("template")
    draft: dict[str, Any] = {}
    if name:
        filled = await world.respond(name, conversation, response)
        if filled is None:
            _log.warning("an action asked for response %r, which does not exist", name)
            return None
        draft = {**filled, "utter_action": name}
    if buttons := response.pop("buttons", None):
        draft["buttons"] = [*draft.get("buttons", []), *buttons]
    # Empty values say nothing and must not erase the named response.
    return {**draft, **{key: value for key, value in response.items() if value}}
