"""The limit of a request's body, as ASGI middleware."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 256 * 1024
MAX_DATA_BYTES = 16 * 1024 * 1024
"""Of training and test data."""
_DATA_PATHS = ("/model/train", "/model/test/")


class BodyTooLarge(Exception):
    """More bytes arrived than are taken."""


class BodyLimit:
    """Answers 413 to a request whose body is too large."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while its body is small enough."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_data = scope["path"].startswith(_DATA_PATHS)
        limit_bytes = MAX_DATA_BYTES if is_data else MAX_BODY_BYTES
        seen, is_answered = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit_bytes:
                raise BodyTooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit_bytes:
            await _refuse(scope, receive, send, limit_bytes)
            return
        try:
            await self.app(scope, counted, noted)
        except BodyTooLarge:
            if not is_answered:
                await _refuse(scope, receive, send, limit_bytes)


async def _refuse(scope: Scope, receive: Receive, send: Send, limit_bytes: int) -> None:
    body = {"detail": f"the body is larger than {limit_bytes} bytes"}
    await JSONResponse(body, status_code=413)(scope, receive, send)
