"""`create_app(desk)`: every route of the product in one list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse

from bot import __version__
from bot.errors import StoreError
from bot.server import health, rasa_api
from bot.server.auth import ApiAccess
from bot.server.desk import Desk
from bot.server.docs import add_docs
from bot.server.limits import BodyLimit

log = structlog.get_logger()

RETRY_AFTER_S = 2


Prepare = Callable[[Desk], Awaitable[None]]


async def _nothing(_: Desk) -> None:
    """Prepare nothing."""


def create_app(
    desk: Desk,
    *children: Any,
    access: ApiAccess = ApiAccess(),
    prepare: Prepare = _nothing,
    cors: Sequence[str] = (),
) -> FastAPI:
    """Return the application; its lifespan runs the desk and `children`.

    `prepare` runs when the store is open and no request was taken yet; `cors` are the origins of
    other web pages that may use the server.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with desk.running(*children):
            await prepare(desk)
            yield

    app = FastAPI(
        title="Frontdesk",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk, app.state.api_access = desk, access
    app.add_middleware(BodyLimit)
    add_docs(app)
    app.add_exception_handler(StoreError, _store_refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _crashed)
    for router in (rasa_api.public, rasa_api.api, health.router):
        app.include_router(router)
    for channel in desk.channels.values():
        for router in getattr(channel, "routers", list)():
            app.include_router(router)
        if hasattr(channel, "mounts"):
            for path, mounted in channel.mounts(cors).items():
                app.mount(path, mounted)
    return app


async def _store_refused(request: Request, error: Exception) -> JSONResponse:
    """Answer that nothing was recorded and that a later try may work."""
    log.error("request.store_refused", path=request.url.path, problem=str(error))
    return JSONResponse(
        {"detail": "the message was not stored; try again"},
        status_code=503,
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


async def _crashed(request: Request, error: Exception) -> JSONResponse:
    """Answer 500 without details, which go to the log."""
    log.error("request.crashed", path=request.url.path, exc_info=error)
    return JSONResponse({"detail": "something went wrong; it was logged"}, status_code=500)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Answer 422 with the places of the mistakes, never echoing what was sent."""
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    shown = [
        {"loc": [str(part) for part in item["loc"]], "msg": item["msg"], "type": item["type"]}
        for item in problems
    ]
    return JSONResponse({"detail": shown}, status_code=422)
