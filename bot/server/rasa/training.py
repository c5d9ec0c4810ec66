"""`/model/train`: train from one YAML document and answer with the package.

Training runs in a process of its own, so that it neither slows turns down nor keeps memory.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

import yaml
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from bot.server.auth import require_api
from bot.server.rasa.errors import ApiError, HTTPStatus, bad_request, failing_as
from bot.server.rasa.jobs import jobs_of, now_or_later
from bot.server.rasa.request import flag

router = APIRouter(tags=["training"], dependencies=[Depends(require_api)])
CONFIG_KEYS = ("recipe", "language", "pipeline", "policies", "assistant_id")
DOMAIN_KEYS = (
    "intents", "entities", "slots", "responses", "actions", "forms", "e2e_actions",
    "session_config",
)  # fmt: skip


_IN_DOMAIN = re.compile(r"^domain\.yml:", re.MULTILINE)
"""Begins the line of a mistake; those of warnings begin with their number."""


@router.post("/model/train")
async def train(request: Request) -> Response:
    """Return the trained package; with `callback_url` it is POSTed there."""
    content = await request.body()
    if not content:
        raise bad_request("the request has no body; send the training data as YAML")

    async def work() -> Response:
        with jobs_of(request).counted():
            async with failing_as("TrainingError"):
                return await _trained(request, content)

    return await now_or_later(request, work)


async def _trained(request: Request, content: bytes) -> Response:
    with tempfile.TemporaryDirectory(prefix="frontdesk-") as scratch:
        folder = Path(scratch)
        write_project(folder, content)
        keeps = flag(request, "save_to_default_model_directory", True)
        project: Path = request.app.state.project
        out = (project / "models").resolve() if keeps else folder / "models"
        package = await _train(folder, out, is_forced=flag(request, "force_training"))
        archive = await asyncio.to_thread(package.read_bytes)
    headers = {
        "filename": package.name,
        "Content-Disposition": f'attachment; filename="{package.name}"',
    }
    return Response(archive, media_type="application/x-tar", headers=headers)


def write_project(folder: Path, content: bytes) -> None:
    """Write a document with everything as the files of a project.

    Raises:
        ApiError: 400, it is not YAML.
    """
    try:
        text = content.decode()
        keys = yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"the body is not YAML: {error}") from error
    if not isinstance(keys, dict):
        raise bad_request("the body must be a YAML mapping with config, domain and training data")
    for name, wanted in (("config.yml", CONFIG_KEYS), ("domain.yml", DOMAIN_KEYS)):
        part = {key: keys.pop(key) for key in wanted if key in keys}
        _dump(folder / name, part)
    (folder / "data").mkdir()
    _dump(folder / "data" / "data.yml", keys)


def _dump(path: Path, part: dict[str, object]) -> None:
    path.write_text(yaml.safe_dump(part, allow_unicode=True, sort_keys=False), "utf-8")


async def _train(folder: Path, out: Path, *, is_forced: bool) -> Path:
    """Return the package that `frontdesk train` makes of `folder`.

    Raises:
        ApiError: the data have mistakes.
    """
    command = ["-m", "bot", "train", str(folder), "--out", str(out)]
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        *(["--force"] if is_forced else []),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        told, problems = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
    if child.returncode != 0:
        message = problems.decode("utf-8", "replace").replace(f"{folder}/", "").strip()
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        reason = "TrainingError"
        if _IN_DOMAIN.search(message):
            status, reason = HTTPStatus.BAD_REQUEST, "InvalidDomainError"
        raise ApiError(status, reason, message)
    return Path(told.decode().strip().splitlines()[-1])
