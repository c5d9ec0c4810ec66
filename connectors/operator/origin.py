"""Whether a request comes from the console's own page: the fence against forged requests."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from fastapi import Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.requests import HTTPConnection

Origin = Annotated[
    str, StringConstraints(pattern=r"^https?://[^/\s]+$", to_lower=True, strip_whitespace=True)
]


class ConsoleSettings(BaseModel):
    """The settings of the console, under `operator` in `credentials.yml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origins: tuple[Origin, ...] = ()
    """Where the console is seen from outside, such as `https://desk.example.com`.

    Needed only behind a proxy that does not pass on the `Host` header.
    """


def is_own_page(connection: HTTPConnection, origins: Collection[str] = ()) -> bool:
    """Return whether a request is from a page of this server, or from no web page at all.

    Browsers name the page in `Origin` with every WebSocket and every request that may change
    something, and a page cannot alter that. Without one it is a program, which has no visitor's
    cookie to abuse. Only the host is compared: behind a proxy that ends TLS the server does not
    know its own scheme.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    origin = origin.lower()
    host = connection.headers.get("host", "").lower()
    return origin in origins or origin.partition("://")[2] == host != ""


class Fence:
    """Refuses a state change that another site could have sent. A dependency of routes."""

    def __init__(self, origins: Collection[str]) -> None:
        """Hold the origins that count as our own page besides the server's address."""
        self.origins = origins

    def __call__(
        self, request: Request, x_frontdesk_csrf: Annotated[str | None, Header()] = None
    ) -> None:
        """Return for a request of our own page.

        The header is the second lock: browsers send it across origins only after a CORS preflight,
        which is not granted.

        Raises:
            HTTPException: 403 for everything else.
        """
        if not is_own_page(request, self.origins):
            raise HTTPException(403, {"code": "foreign_origin"})
        if x_frontdesk_csrf is None:
            raise HTTPException(403, "the header X-Frontdesk-CSRF is missing")
