"""Trainings and evaluations: how many run, and answers that go to a callback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import httpx
import structlog
from fastapi import Request
from starlette.responses import Response

from bot.server.rasa.errors import ApiError, failing_as

CALLBACK_TIMEOUT_S = 60.0
_log = structlog.get_logger()


class Jobs:
    """Counts trainings and keeps background tasks alive until they are done."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self.active = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count one training while the block runs."""
        self.active += 1
        try:
            yield
        finally:
            self.active -= 1

    def start(self, work: Callable[[], Awaitable[Response]], callback_url: str) -> None:
        """Do `work` in the background and POST what it answers to `callback_url`."""
        task = asyncio.create_task(_report(work, callback_url))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def jobs_of(request: Request) -> Jobs:
    """Return the jobs of the running application."""
    jobs: Jobs = request.app.state.jobs
    return jobs


async def now_or_later(request: Request, work: Callable[[], Awaitable[Response]]) -> Response:
    """Return what `work` answers; with `callback_url` return 204 at once and POST it there."""
    callback_url = request.query_params.get("callback_url")
    if not callback_url:
        return await work()
    jobs_of(request).start(work, callback_url)
    return Response(status_code=204)


async def _report(work: Callable[[], Awaitable[Response]], callback_url: str) -> None:
    async with httpx.AsyncClient(timeout=CALLBACK_TIMEOUT_S) as client:
        try:
            async with failing_as("UnexpectedError"):
                answer = await work()
            headers = {"Content-Type": answer.headers["content-type"]}
            reply = await client.post(callback_url, content=bytes(answer.body), headers=headers)
        except ApiError as error:
            reply = await client.post(callback_url, json=error.body())
        except httpx.HTTPError as error:
            _log.error("api.callback_failed", problem=repr(error))
            return
    if reply.is_error:
        _log.error("api.callback_refused", status=reply.status_code)
