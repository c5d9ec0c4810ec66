"""Calls to a platform's API: what may have arrived is told apart from what has not."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from connectors.errors import ChannelError, Unanswered

CALL_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 5.0
_NOTHING_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""The request was never written, so it can be repeated."""


def new_client(*, proxy: str | None = None) -> httpx.AsyncClient:
    """Return the client of one channel; the channel closes it when it stops."""
    timeout = httpx.Timeout(CALL_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    return httpx.AsyncClient(
        timeout=timeout, proxy=proxy, trust_env=proxy is None, verify=_certificates()
    )


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Return the trusted certificates, which take a while to read, once for all channels."""
    return httpx.create_ssl_context()


async def post(
    client: httpx.AsyncClient,
    url: str,
    payload: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Return the answer to a JSON POST, whatever its status.

    Raises:
        ChannelError: the request never left; try again.
        Unanswered: it left, and no answer came.
    """
    # Messages name the kind of failure only: an address may hold the token.
    try:
        return await client.post(url, json=dict(payload), headers=dict(headers or {}))
    except _NOTHING_LEFT as error:
        raise ChannelError(f"cannot connect: {type(error).__name__}") from None
    except httpx.TransportError as error:
        raise Unanswered(type(error).__name__) from None


def body_of(response: httpx.Response) -> Mapping[str, Any]:
    """Return the JSON object of an answer, empty if it holds none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
