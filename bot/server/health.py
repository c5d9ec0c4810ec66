"""`/health`: whether the desk takes and answers messages."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from bot import __version__
from bot.server.desk import Desk

router = APIRouter(tags=["service"])


@router.get("/health")
async def health(request: Request) -> JSONResponse:
    """Return 200 with the store's state, 503 when the database does not answer."""
    desk: Desk = request.app.state.desk
    is_healthy = await desk.store.is_healthy()
    model = desk.models.current
    body = {
        "status": "ok" if is_healthy else "unavailable",
        "model": model.id if model else None,
        "version": __version__,
    }
    return JSONResponse(body, status_code=200 if is_healthy else 503)
