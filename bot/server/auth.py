"""Who may use the HTTP API: everybody on this machine, or who has the token or a JWT, as in Rasa.

A JWT says `{"user": {"username": ..., "role": "admin" | "user"}}`: an admin may do everything, a
user only read and change the conversation with the own name as id.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import jwt
from fastapi import Request

from bot.server.rasa.errors import ApiError
from bot.server.rasa.request import conversation_id

JWT_LEEWAY_S = 60
"""How much the clocks of issuer and server may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAccess:
    """Whether the API is served, its token, and how JWTs are verified."""

    is_enabled: bool = True
    token: str | None = None
    jwt_secret: str | None = None
    """The shared secret, or the public key of an asymmetric method."""
    jwt_method: str = "HS256"

    def check(self, request: Request) -> None:
        """Return for a request that may pass.

        Raises:
            ApiError: 404 while the API is off, 401 for a stranger, 403 for a user who may not.
        """
        if not self.is_enabled:
            told = "the API is off; start with --enable-api, and with --auth-token or --jwt-secret"
            raise ApiError(HTTPStatus.NOT_FOUND, "NotFound", told)
        if self.token is None and self.jwt_secret is None:
            return
        if self._has_token(request):
            return
        claims = self._claims(request)
        if claims is None:
            told = "the request has neither the token nor a valid JWT"
            raise ApiError(HTTPStatus.UNAUTHORIZED, "NotAuthenticated", told)
        if not _may_pass(claims, request):
            told = "this user may not do that"
            raise ApiError(HTTPStatus.FORBIDDEN, "NotAuthorized", told)

    def _has_token(self, request: Request) -> bool:
        """Tell whether the token is in the query, as in Rasa, or in the header."""
        if self.token is None:
            return False
        given = request.query_params.get("token") or _bearer(request) or ""
        return hmac.compare_digest(given.encode(), self.token.encode())

    def _claims(self, request: Request) -> dict[str, Any] | None:
        """Return what a valid JWT says, None without one."""
        bearer = _bearer(request)
        if self.jwt_secret is None or bearer is None:
            return None
        try:
            return jwt.decode(
                bearer, self.jwt_secret, algorithms=[self.jwt_method], leeway=JWT_LEEWAY_S
            )
        except jwt.PyJWTError:
            return None


async def require_api(request: Request) -> None:
    """Refuse a request that the application's `ApiAccess` does not let pass."""
    access: ApiAccess = request.app.state.api_access
    access.check(request)


def _bearer(request: Request) -> str | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given if scheme.lower() == "bearer" else None


def _may_pass(claims: dict[str, Any], request: Request) -> bool:
    user = claims.get("user")
    if not isinstance(user, dict):
        return False
    if user.get("role") == "admin":
        return True
    if user.get("role") != "user" or "conversation_id" not in request.path_params:
        return False
    return bool(user.get("username") == conversation_id(request))
