"""`create_app(desk)`: every route of the product in one list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse

from bot import __version__
from bot.errors import ModelError, StoreError
from bot.model import LoadedModel
from bot.server import health, knowledge, nlg, understanding
from bot.server.auth import ApiAccess
from bot.server.desk import Desk
from bot.server.docs import add_docs
from bot.server.limits import BodyLimit
from bot.server.rasa import conversations, model, service, testing, training
from bot.server.rasa.errors import ApiError, refuse
from bot.server.rasa.jobs import Jobs
from bot.server.rasa.model import LoadModel
from bot.server.slashes import Slashes
from knowledge.base import KnowledgeBase

log = structlog.get_logger()

RETRY_AFTER_S = 2
API = (
    model.parsing,  # the most called one first: routes are tried in order
    service.public,
    service.router,
    conversations.router,
    model.router,
    training.router,
    testing.router,
    understanding.router,
    nlg.router,
    knowledge.router,
    health.router,
)


def _no_loading(package: Path) -> LoadedModel:
    raise ModelError(f"this server cannot load another model, not even {package}")


Prepare = Callable[[Desk], Awaitable[None]]


async def _nothing(_: Desk) -> None:
    """Prepare nothing."""


def create_app(
    desk: Desk,
    *children: Any,
    access: ApiAccess = ApiAccess(),
    prepare: Prepare = _nothing,
    load_model: LoadModel = _no_loading,
    project: Path = Path(),
    cors: Sequence[str] = (),
    response_timeout_s: float | None = None,
    base: KnowledgeBase | None = None,
) -> FastAPI:
    """Return the application; its lifespan runs the desk and `children`.

    Args:
        desk: What answers.
        children: What runs beside it.
        access: Who may use the API.
        prepare: Runs when the store is open and no request was taken yet.
        load_model: Loads another package for the desk.
        project: The folder that trainings by the API put packages into.
        cors: Origins of other web pages that may use the server.
        response_timeout_s: How long a request waits for its answer at most.
        base: What the API searches.
    """
    if response_timeout_s is not None:
        desk.longest_wait_s = response_timeout_s

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
    app.state.desk, app.state.api_access, app.state.jobs = desk, access, Jobs()
    app.state.load_model, app.state.project, app.state.knowledge = load_model, project, base
    app.state.understander = understanding.BotUnderstander(desk)
    _add_middleware(app, cors)
    add_docs(app)
    app.add_exception_handler(StoreError, _store_refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _crashed)
    app.add_exception_handler(ApiError, refuse)
    for channel in desk.channels.values():
        _add_channel(app, channel, cors)
    for router in API:
        app.include_router(router)
    return app


def _add_middleware(app: FastAPI, cors: Sequence[str]) -> None:
    app.add_middleware(BodyLimit)
    app.add_middleware(Slashes)
    if cors:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(cors),
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["filename"],
        )


def _add_channel(app: FastAPI, channel: Any, cors: Sequence[str]) -> None:
    """Add a channel's routes and the applications that it mounts."""
    for router in getattr(channel, "routers", list)():
        app.include_router(router)
    if hasattr(channel, "mounts"):
        for path, mounted in channel.mounts(cors).items():
            app.mount(path, mounted)


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
