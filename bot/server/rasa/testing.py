"""`/model/test/...`: evaluate the loaded model, or another one, on posted test data."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from bot.errors import ConfigErrors
from bot.evaluation.answers import folds_answer, readings_answer, stories_answer
from bot.evaluation.folds import cross_validation
from bot.evaluation.readings import Read
from bot.evaluation.replay import Tester
from bot.evaluation.scripts import scripts
from bot.formats.converters import rasa_json
from bot.formats.posted import read_posted_examples, read_posted_stories
from bot.formats.project import load_project
from bot.model import LoadedModel
from bot.project import Project, Story, Understanding
from bot.server.auth import require_api
from bot.server.rasa.errors import ApiError, HTTPStatus, bad_request, failing_as
from bot.server.rasa.jobs import now_or_later
from bot.server.rasa.model import loaded, text_message
from bot.server.rasa.request import Model, flag, model_of
from bot.server.rasa.training import write_project
from bot.types import Reading

FAILED = "TestingError"
SEED = 42
"""Of the folds, as in `frontdesk test nlu`."""
router = APIRouter(tags=["testing"], dependencies=[Depends(require_api)])
Json = dict[str, Any]


@router.post("/model/test/stories")
async def test_stories(request: Request, model: Model) -> Response:
    """Return how the model plays test stories; with `e2e` it also reads their texts."""
    content = await _content(request)
    is_end_to_end = flag(request, "e2e")

    async def work() -> Response:
        with refusing_mistakes():
            stories = read_posted_stories(content)
        async with failing_as(FAILED):
            done = await asyncio.to_thread(_played, stories, model, is_end_to_end)
        return JSONResponse(done)

    return await now_or_later(request, work)


@router.post("/model/test/intents")
async def test_intents(request: Request) -> Response:
    """Return how the model reads labelled texts: YAML, or Rasa's JSON.

    `model` names another package. With `cross_validation_folds` the YAML holds `pipeline` as well,
    and the texts are read by what learnt the others.
    """
    content = await _content(request)
    folds = request.query_params.get("cross_validation_folds")

    async def work() -> Response:
        with refusing_mistakes():
            examples = read_posted_examples(content)
        if folds:
            return JSONResponse(await _cross_validated(content, folds))
        model = await _wanted(request)
        async with failing_as(FAILED):
            done = await asyncio.to_thread(_read, examples, model)
        return JSONResponse(readings_answer(done))

    return await now_or_later(request, work)


@contextmanager
def refusing_mistakes() -> Iterator[None]:
    """Turn mistakes in posted data into a 400 that names them."""
    try:
        yield
    except ConfigErrors as error:
        raise bad_request(str(error)) from error


async def _content(request: Request) -> str:
    try:
        content = (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise bad_request("the body is not UTF-8") from error
    if not content:
        raise bad_request("the request has no body; send test data as YAML")
    return content


async def _wanted(request: Request) -> LoadedModel:
    """Return the package that the query names, or the model that serves."""
    package = request.query_params.get("model")
    return await loaded(request, package) if package else model_of(request)


def _played(stories: Sequence[Story], model: LoadedModel, is_end_to_end: bool) -> Json:
    tester = Tester(
        domain=model.domain,
        dialogue=model.engine.dialogue,
        understand=_understand(model) if is_end_to_end else None,
    )
    verdicts = [tester.play(script) for script in scripts(stories, model.domain)]
    return stories_answer(verdicts, is_end_to_end=is_end_to_end)


def _read(examples: Understanding, model: LoadedModel) -> list[Read]:
    understand = _understand(model)
    return [Read(example=one, reading=understand(one.text)) for one in examples.examples]


def _understand(model: LoadedModel) -> Callable[[str], Reading]:
    return lambda text: model.engine.understand(text_message(text))


async def _cross_validated(content: str, folds: str) -> Json:
    """Return the scores over `folds` folds; the posted document is a project of its own."""
    if not folds.isdigit():
        raise bad_request("it must be a number", "cross_validation_folds", "query")
    if rasa_json.ROOT in content:
        told = "only YAML can be cross-validated, for it holds the pipeline"
        raise ApiError(HTTPStatus.BAD_REQUEST, FAILED, told)
    with tempfile.TemporaryDirectory(prefix="frontdesk-") as scratch:
        write_project(Path(scratch), content.encode())
        with refusing_mistakes():
            project = load_project(scratch, is_training=True)
        async with failing_as(FAILED):
            return await asyncio.to_thread(_tested, project, int(folds))


def _tested(project: Project, folds: int) -> Json:
    done = cross_validation(project, folds, seed=SEED)
    return folds_answer([read for fold in done for read in fold.test])
