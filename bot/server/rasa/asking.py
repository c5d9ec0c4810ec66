"""Asks a conversation for something through the inbox, and waits until it is done."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from fastapi import Request

from bot.conversation import Conversation, Verbosity
from bot.events import ActionFailed, BotSaid
from bot.model import LoadedModel
from bot.server.desk import Desk
from bot.server.rasa.errors import ApiError, HTTPStatus
from bot.server.rasa.request import desk_of
from bot.server.rasa.trackers import around_turn, session_tracker, tracker_json
from bot.stores.store import Inbound
from bot.types import ConversationId, ExternalIntent, Operation, Reply

CHANNEL = "api"
"""Who asks; no conversation has this channel."""
COLLECTING = "rest"
"""The channel whose messages travel in the answer instead of being sent."""
UNANSWERED = ("rest", "terminal", "operator", "webchat")
TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A conversation after a request, and what the bot said to it."""

    before: Conversation
    """The latest session as it was."""
    conversation: Conversation
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """One request to one conversation."""

    desk: Desk
    key: ConversationId
    output_channel: str | None = None
    """Where bot messages go."""

    @classmethod
    async def of(cls, request: Request, key: ConversationId, model: LoadedModel) -> Self:
        """Return the asking of a request whose query may name an `output_channel`."""
        desk = desk_of(request)
        wanted = request.query_params.get("output_channel")
        if wanted == "latest":
            wanted = (await session_tracker(desk, key, model.domain)).latest_input_channel
        can_send = wanted in desk.channels and wanted not in UNANSWERED
        return cls(desk, key, wanted if can_send else COLLECTING)

    async def do(self, operation: Operation) -> Outcome:
        """Return what `operation` led to.

        Raises:
            ApiError: it failed, or takes too long.
        """
        return await self._settled(operation=operation)

    async def trigger(self, intent: ExternalIntent) -> Outcome:
        """Return what the answer to `intent` led to."""
        return await self._settled(external=intent)

    async def _settled(
        self, *, operation: Operation | None = None, external: ExternalIntent | None = None
    ) -> Outcome:
        key = uuid.uuid4().hex
        if operation is not None and operation.name == "log":
            operation = replace(operation, body={**operation.body, "message_id": key})
        accepted = await self.desk.accept(
            Inbound(
                channel=CHANNEL,
                dedupe_key=key,
                conversation_id=self.key,
                sender_id=self.key,
                text=external.text if external else "",
                external=external,
                operation=operation,
            )
        )
        if not await self.desk.wait_done(accepted, timeout_s=TIMEOUT_S):
            told = "the request is stored and waits for its turn; it takes longer than usual"
            raise ApiError(HTTPStatus.GATEWAY_TIMEOUT, "ConversationError", told)
        return await self._after(accepted.inbox_id)

    async def _after(self, inbox_id: int) -> Outcome:
        done = [item.event for item in await self.desk.store.events_of(inbox_id)]
        if done and isinstance(failed := done[-1], ActionFailed) and failed.name == CHANNEL:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            raise ApiError(status, "ConversationError", failed.problem)
        before, after = await around_turn(self.desk, self.key, inbox_id)
        return Outcome(
            before=before,
            conversation=after,
            replies=tuple(event.reply for event in done if isinstance(event, BotSaid)),
        )

    def answer(
        self, shown: Conversation, replies: Sequence[Reply], verbosity: Verbosity
    ) -> dict[str, Any]:
        """Return the tracker, and the bot's messages unless a channel sent them."""
        body: dict[str, Any] = {"tracker": tracker_json(shown, verbosity)}
        if self.output_channel == COLLECTING:
            rest: Any = self.desk.channels[COLLECTING]
            body["messages"] = rest.rendered(replies, self.key)
        return body
