"""The server itself: greeting, version, status."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot.server.auth import require_api
from bot.server.rasa.errors import RASA_VERSION
from bot.server.rasa.jobs import jobs_of
from bot.server.rasa.request import Model

MINIMUM_COMPATIBLE = "3.6.21"
public = APIRouter(tags=["service"])
router = APIRouter(tags=["service"], dependencies=[Depends(require_api)])


@public.get("/", response_class=PlainTextResponse, summary="Rasa's greeting, or the demo page")
async def root(request: Request) -> Response:
    """Return Rasa's health text; a browser is sent to the demo shop."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(request.url.replace(path="/webchat/demo/"))
    return PlainTextResponse(f"Hello from Rasa: {RASA_VERSION}")


@public.get("/version")
async def version() -> dict[str, str]:
    """Return the protocol's version, which clients check; ours is in `/health`."""
    return {"version": RASA_VERSION, "minimum_compatible_version": MINIMUM_COMPATIBLE}


@router.get("/status")
async def status(request: Request, model: Model) -> dict[str, Any]:
    """Return which model is loaded and how many are being trained."""
    return {
        "model_file": model.file.name if model.file else model.id,
        "model_id": model.id,
        "num_active_training_jobs": jobs_of(request).active,
    }
