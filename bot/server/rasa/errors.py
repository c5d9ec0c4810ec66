"""Refusals in the form that Rasa's clients read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.errors import StoreError

RASA_VERSION = "3.6.21"
"""The version whose protocol is spoken."""
_log = structlog.get_logger()


class ApiError(Exception):
    """A request that cannot be served; `reason` is the word that clients look at."""

    def __init__(self, status: HTTPStatus, reason: str, message: str, details: Any = None) -> None:
        """Hold the facts."""
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message
        self.details = details or {}

    def body(self) -> dict[str, Any]:
        """Return the JSON of the answer."""
        return {
            "version": RASA_VERSION,
            "status": "failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "help": None,
            "code": int(self.status),
        }


def bad_request(message: str, parameter: str | None = None, place: str = "body") -> ApiError:
    """Return the refusal of a request with a mistake, in `parameter` of query or body."""
    details = None if parameter is None else {"parameter": parameter, "in": place}
    return ApiError(HTTPStatus.BAD_REQUEST, "BadRequest", message, details)


@asynccontextmanager
async def failing_as(reason: str) -> AsyncIterator[None]:
    """Turn an unexpected error of the block into a 500 with `reason`, and log it."""
    try:
        yield
    except (ApiError, StoreError, asyncio.CancelledError):
        raise
    except Exception as error:  # the border of the API: told to the client, shown in the log
        _log.exception("api.failed", reason=reason)
        message = f"{type(error).__name__}: {error}"
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, reason, message) from error


async def refuse(request: Request, error: Exception) -> JSONResponse:
    """Answer with the error's body."""
    assert isinstance(error, ApiError)
    _log.info("api.refused", path=request.url.path, reason=error.reason)
    return JSONResponse(error.body(), status_code=error.status)
