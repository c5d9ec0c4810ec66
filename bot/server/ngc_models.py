"""`/v1/ngc/*` answered by trained models alone, without a bot: `frontdesk ngc serve`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from bot import __version__
from bot.ngc.tasks.answers import Answers, Asked, NoModel
from bot.ngc.tasks.model import TaskName
from bot.server.limits import BodyLimit
from bot.server.ngc import router
from bot.server.ngc_forms import Entities, Feeling, Labelled, Relations


class Models:
    """Asks the models in a thread: they compute, and the server goes on listening."""

    def __init__(self, answers: Answers) -> None:
        """Hold what answers."""
        self.answers = answers

    async def intents(self, texts: Sequence[str], top: int) -> list[Labelled]:
        """See `Understander`."""
        found = await asyncio.to_thread(self.answers.intents, texts, top)
        return [Labelled.model_validate(one) for one in found]

    async def sentiments(self, texts: Sequence[str], top: int) -> list[Feeling]:
        """See `Understander`."""
        found = await asyncio.to_thread(self.answers.sentiments, texts, top)
        return [Feeling.model_validate(one) for one in found]

    async def entities(self, texts: Sequence[str]) -> list[Entities]:
        """See `Understander`."""
        found = await asyncio.to_thread(self.answers.entities, texts)
        return [Entities.model_validate(one) for one in found]

    async def relations(self, asked: Sequence[Asked]) -> list[Relations]:
        """See `Understander`."""
        found = await asyncio.to_thread(self.answers.relations, asked)
        return [Relations.model_validate(one) for one in found]


def create_ngc_app(answers: Answers) -> FastAPI:
    """Return an application in which `answers` alone answers."""
    app = FastAPI(title="Frontdesk understanding", version=__version__)
    app.state.understander = Models(answers)
    app.add_middleware(BodyLimit)
    app.add_exception_handler(NoModel, _not_found)
    app.include_router(router)
    app.add_api_route("/v1/ngc/models", _tasks, tags=["understanding"])
    return app


def _tasks(request: Request) -> list[TaskName]:
    """Tell which tasks have a model."""
    models: Models = request.app.state.understander
    return list(models.answers.tasks)


def _not_found(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, HTTPStatus.NOT_FOUND)
