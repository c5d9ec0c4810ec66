"""Slack's Web API: one POST per call, and what `ok: false` means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.errors import (
    Blocked,
    ChannelError,
    Misconfigured,
    RateLimited,
    Rejected,
    Unanswered,
)
from connectors.outgoing import body_of, new_client, post
from connectors.push import Operation

DEFAULT_RETRY_AFTER_S = 1.0
_TRY_AGAIN = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)
_CREDENTIALS = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "token_expired",
        "token_revoked",
    }
)
_OUT_OF_REACH = frozenset(
    {"cannot_dm_bot", "channel_not_found", "is_archived", "not_in_channel", "user_disabled"}
)


class SlackApi:
    """The API of one workspace's bot."""

    def __init__(self, url: str, token: SecretStr, *, proxy: str | None = None) -> None:
        """Hold the address (another one for tests) and the bot's token."""
        self._base = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        self.client = new_client(proxy=proxy)

    async def call(self, operation: Operation) -> Mapping[str, Any]:
        """Return the answer of a call.

        Raises:
            ChannelError: what the refusal means.
        """
        url = f"{self._base}/{operation.method}"
        response = await post(self.client, url, operation.payload, self._headers)
        body = body_of(response)
        if body.get("ok") is True:
            return body
        raise refusal(response, body)


def refusal(response: httpx.Response, body: Mapping[str, Any]) -> ChannelError:
    """Return what an answer without `ok` means."""
    status, code = response.status_code, str(body.get("error", ""))
    if status == httpx.codes.TOO_MANY_REQUESTS or code in ("ratelimited", "rate_limited"):
        return RateLimited(float(response.headers.get("Retry-After", DEFAULT_RETRY_AFTER_S)))
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or code in _TRY_AGAIN:
        return ChannelError(f"Slack answers with status {status} {code}".rstrip())
    if code in _CREDENTIALS:
        return Misconfigured(code, hint="check `slack_token` in credentials.yml and its scopes")
    if code in _OUT_OF_REACH:
        return Blocked(status, code)
    if not body:
        return Unanswered(f"status {status} without a JSON body")
    return Rejected(status, code or "no error code")
