"""A slash at a path's end means nothing to channels and API, as in Rasa, as ASGI middleware.

A redirect would do for browsers, but many clients of webhooks do not follow one with their body.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

_PATHS = ("/webhooks/", "/conversations/", "/model/", "/domain/", "/status/", "/version/")


class Slashes:
    """Gives each path the slash that its route has."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under the route's own path."""
        if scope["type"] == "http" and (path := scope["path"]) != (own := own_path(path)):
            raw: bytes = scope.get("raw_path") or path.encode()
            raw = raw + b"/" if own.endswith("/") else raw.removesuffix(b"/")
            scope = {**scope, "path": own, "raw_path": raw}
        await self.app(scope, receive, send)


def own_path(path: str) -> str:
    """Return `path` as its route has it: only the root of a channel ends in a slash."""
    if not path.startswith(_PATHS):
        return path
    bare = path.removesuffix("/")
    return f"{bare}/" if bare.startswith("/webhooks/") and bare.count("/") == 2 else bare
