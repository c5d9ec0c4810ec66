"""A route for what is called all the time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response


class PlainRoute(APIRoute):
    """A documented route whose endpoint takes the request and returns the response itself.

    Without FastAPI's dependencies and serialisation, which take a fifth of a short turn. The
    dependencies of its router do not run either: what guards it is called by the endpoint.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the endpoint."""
        return self.endpoint
