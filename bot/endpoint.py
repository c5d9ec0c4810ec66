"""HTTP clients for the servers that `endpoints.yml` names: credentials, certificate, parameters."""

from __future__ import annotations

import json
import ssl
from typing import Any

import httpx

from bot.project import Endpoint

JSON = {"Content-Type": "application/json"}


def client_of(endpoint: Endpoint, *, timeout_s: float) -> httpx.AsyncClient:
    """Return a client that sends the headers and credentials of `endpoint`.

    Raises:
        OSError: the certificate file cannot be read.
    """
    return httpx.AsyncClient(**_options(endpoint), timeout=httpx.Timeout(timeout_s))


def blocking_client_of(endpoint: Endpoint, *, timeout_s: float) -> httpx.Client:
    """Return the same client for code that runs in threads.

    Raises:
        OSError: the certificate file cannot be read.
    """
    return httpx.Client(**_options(endpoint), timeout=httpx.Timeout(timeout_s))


def parameters_of(endpoint: Endpoint) -> dict[str, str]:
    """Return what is added to the URL's query; not part of the URL, which messages show."""
    settings = endpoint.settings
    parameters = {str(name): str(value) for name, value in settings.get("params", {}).items()}
    if token := settings.get("token"):
        parameters[str(settings.get("token_name", "token"))] = str(token)
    return parameters


def json_body(value: Any) -> bytes:
    """Return `value` as JSON in ASCII, so that it can hold whatever customers write."""
    return json.dumps(value, default=str).encode()


def _options(endpoint: Endpoint) -> dict[str, Any]:
    settings = endpoint.settings
    basic = settings.get("basic_auth")
    cafile = settings.get("cafile")
    return {
        "headers": {str(name): str(value) for name, value in settings.get("headers", {}).items()},
        "auth": (str(basic["username"]), str(basic["password"])) if basic else None,
        # Without TLS there is nothing to verify: reading the system's certificates takes 35 ms.
        "verify": ssl.create_default_context(cafile=cafile) if cafile else not is_plain(endpoint),
    }


def is_plain(endpoint: Endpoint) -> bool:
    """Return whether `endpoint` is reached without TLS; redirects are not followed."""
    return endpoint.url.lower().startswith("http://")
