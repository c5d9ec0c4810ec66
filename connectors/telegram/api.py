"""Telegram's Bot API: one POST per call, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.errors import (
    Blocked,
    ChannelError,
    Misconfigured,
    Moved,
    RateLimited,
    Rejected,
    Unanswered,
)
from connectors.outgoing import body_of, new_client, post
from connectors.push import Operation

DEFAULT_RETRY_AFTER_S = 5.0
_UNREADABLE_MARKUP = "can't parse entities"
_GONE = ("chat not found", "user not found", "peer_id_invalid", "group chat was deleted")


class TelegramApi:
    """The API of one bot."""

    def __init__(self, url: str, token: SecretStr) -> None:
        """Hold the address (another one for tests or a Bot API server of one's own)."""
        self._base = f"{url.rstrip('/')}/bot{token.get_secret_value()}"
        self.client = new_client()

    async def call(self, operation: Operation) -> Any:
        """Return the result of a call; one with unreadable markup is repeated as plain text.

        Raises:
            ChannelError: what the refusal means.
        """
        try:
            return await self._call(operation)
        except Rejected as refused:
            if "parse_mode" not in operation.payload or _UNREADABLE_MARKUP not in refused.code:
                raise
        plain = {key: value for key, value in operation.payload.items() if key != "parse_mode"}
        return await self._call(Operation(method=operation.method, payload=plain))

    async def _call(self, operation: Operation) -> Any:
        response = await post(self.client, f"{self._base}/{operation.method}", operation.payload)
        body = body_of(response)
        if body.get("ok") is True:
            return body.get("result")
        raise refusal(response, body)


def refusal(response: httpx.Response, body: Mapping[str, Any]) -> ChannelError:
    """Return what an answer without `ok` means."""
    status = response.status_code
    code = str(body.get("description", "no description"))
    parameters = body.get("parameters") or {}
    if "migrate_to_chat_id" in parameters:
        return Moved(str(parameters["migrate_to_chat_id"]))
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return RateLimited(float(parameters.get("retry_after", DEFAULT_RETRY_AFTER_S)))
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.NOT_FOUND):
        return Misconfigured(code, hint="check `access_token` of telegram in credentials.yml")
    if status == httpx.codes.FORBIDDEN or any(gone in code.lower() for gone in _GONE):
        return Blocked(status, code)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return ChannelError(f"Telegram answers with status {status}")
    if not body:
        return Unanswered(f"status {status} without a JSON body")
    return Rejected(status, code)
