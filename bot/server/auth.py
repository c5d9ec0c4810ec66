"""Who may use the HTTP API: everybody on this machine, or who has the token, as in Rasa."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from fastapi import HTTPException, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAccess:
    """Whether the API is served, and its token."""

    is_enabled: bool = True
    token: str | None = None

    def check(self, request: Request) -> None:
        """Return for a request that may pass.

        Raises:
            HTTPException: 404 while the API is off, 401 without the right token.
        """
        if not self.is_enabled:
            raise HTTPException(404, "the API is off; start with --enable-api and --auth-token")
        if self.token is None:
            return
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        given = bearer if scheme.lower() == "bearer" else request.query_params.get("token", "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            raise HTTPException(401, "User is not authenticated.")


def require_api(request: Request) -> None:
    """Refuse a request that the application's `ApiAccess` does not let pass."""
    access: ApiAccess = request.app.state.api_access
    access.check(request)
