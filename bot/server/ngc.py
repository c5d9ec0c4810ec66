"""`/v1/ngc/*`: what trained models find in texts."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot import __version__
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.language import language_of
from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.sample import Prediction, Sample, Span
from bot.ngc.tasks.wire import MAX_CHARS, MAX_TEXTS, ROUTES, TOP
from bot.server.limits import BodyLimit

Understanding = Literal["intent", "entities", "sentiment", "relations"]


class Text(BaseModel):
    """One text."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=MAX_CHARS, description="Models read the first 2,000 characters.")


class Texts(BaseModel):
    """Several texts, answered in their order."""

    model_config = ConfigDict(extra="forbid")

    texts: list[Annotated[str, Field(max_length=MAX_CHARS)]] = Field(
        min_length=1, max_length=MAX_TEXTS
    )


class Place(BaseModel):
    """A part of a text; `end` is exclusive, both count code points."""

    model_config = ConfigDict(extra="forbid")

    start: int = Field(ge=0)
    end: int = Field(gt=0)
    entity: str = ""


class Pair(Text):
    """A text with the two parts whose relation is wanted."""

    head: Place
    tail: Place

    @model_validator(mode="after")
    def _are_inside(self) -> Pair:
        for place in (self.head, self.tail):
            if not place.start < place.end <= len(self.text):
                raise ValueError("head and tail must lie inside the text, and not be empty")
        return self

    def sample(self) -> Sample:
        """Return what a model reads."""
        spans = [Span(one.start, one.end, one.entity) for one in (self.head, self.tail)]
        return Sample(text=self.text, spans=tuple(spans))


class Pairs(BaseModel):
    """Several pairs, answered in their order."""

    model_config = ConfigDict(extra="forbid")

    pairs: list[Pair] = Field(min_length=1, max_length=MAX_TEXTS)


class Ranked(BaseModel):
    """A label and how sure the model is of it."""

    label: str
    confidence: float = Field(ge=0, le=1)


class Labelled(Ranked):
    """The answer of a classifier; `oos` says that the text belongs to no label."""

    ranking: list[Ranked]


class Entity(BaseModel):
    """An entity of a text."""

    entity: str
    start: int
    end: int
    value: str
    role: str | None = None
    group: str | None = None


class Entities(BaseModel):
    """The entities of a text, in its order."""

    entities: list[Entity]


class Tongue(BaseModel):
    """The language of a text."""

    language: str = Field(description="BCP-47; `und` where nothing tells.")
    confidence: float = Field(ge=0, le=1)
    is_right_to_left: bool


class Models:
    """The models that answer, one per task; one prediction at a time, as BLAS is on one thread."""

    def __init__(self, trained: Sequence[Trained]) -> None:
        """Hold the models; a later one of a task takes the place of an earlier one."""
        self._trained: dict[TaskName, Trained] = {one.task: one for one in trained}
        self._lock = threading.Lock()

    @property
    def tasks(self) -> tuple[TaskName, ...]:
        """Return the tasks that have a model."""
        return tuple(self._trained)

    def answer(self, wanted: Understanding, samples: Sequence[Sample]) -> list[Prediction]:
        """Return one prediction per sample.

        Raises:
            HTTPException: 404 if no model can tell.
        """
        found = next((self._trained[one] for one in ROUTES[wanted] if one in self._trained), None)
        if found is None:
            told = f"no model tells {wanted}; start with --model FOLDER of one that does"
            raise HTTPException(HTTPStatus.NOT_FOUND, told)
        with self._lock:
            return found.predict(samples)


router = APIRouter(prefix="/v1/ngc", tags=["understanding"])
language_router = APIRouter()
"""Needs no model: a part of the routes of every server."""
TopQuery = Annotated[int, Query(ge=1, le=1_000, description="Labels of the ranking.")]


@router.post("/intent")
def intent(body: Text, request: Request, top: TopQuery = TOP) -> Labelled:
    """Tell what a text wants."""
    return _labels(request, "intent", [Sample(text=body.text)], top)[0]


@router.post("/intent/batch")
def intents(body: Texts, request: Request, top: TopQuery = TOP) -> list[Labelled]:
    """Tell what each text wants."""
    return _labels(request, "intent", _samples(body), top)


@router.post("/sentiment")
def sentiment(body: Text, request: Request, top: TopQuery = TOP) -> Labelled:
    """Tell how the writer of a text feels."""
    return _labels(request, "sentiment", [Sample(text=body.text)], top)[0]


@router.post("/sentiment/batch")
def sentiments(body: Texts, request: Request, top: TopQuery = TOP) -> list[Labelled]:
    """Tell how the writer of each text feels."""
    return _labels(request, "sentiment", _samples(body), top)


@router.post("/relations")
def relation(body: Pair, request: Request, top: TopQuery = TOP) -> Labelled:
    """Tell how two parts of a text are related."""
    return _labels(request, "relations", [body.sample()], top)[0]


@router.post("/relations/batch")
def relations(body: Pairs, request: Request, top: TopQuery = TOP) -> list[Labelled]:
    """Tell how the two parts of each text are related."""
    return _labels(request, "relations", [pair.sample() for pair in body.pairs], top)


@router.post("/entities")
def entities(body: Text, request: Request) -> Entities:
    """Tell the entities of a text."""
    return _entities(request, [Sample(text=body.text)])[0]


@router.post("/entities/batch")
def entities_of_each(body: Texts, request: Request) -> list[Entities]:
    """Tell the entities of each text."""
    return _entities(request, _samples(body))


@language_router.post("/language")
def language(body: Text) -> Tongue:
    """Tell the language of a text; needs no model."""
    return _tongue(body.text)


@language_router.post("/language/batch")
def languages(body: Texts) -> list[Tongue]:
    """Tell the language of each text; needs no model."""
    return [_tongue(text) for text in body.texts]


@router.get("/models")
def models(request: Request) -> list[TaskName]:
    """Tell which tasks have a model."""
    return list(_models(request).tasks)


router.include_router(language_router)


def create_ngc_app(trained: Sequence[Trained]) -> FastAPI:
    """Return an application that answers with `trained` alone, without a bot."""
    app = FastAPI(title="Frontdesk understanding", version=__version__)
    app.state.ngc = Models(trained)
    app.add_middleware(BodyLimit)
    app.include_router(router)
    return app


def _models(request: Request) -> Models:
    found: Models = request.app.state.ngc
    return found


def _samples(body: Texts) -> list[Sample]:
    return [Sample(text=text) for text in body.texts]


def _labels(
    request: Request, wanted: Understanding, samples: Sequence[Sample], top: int
) -> list[Labelled]:
    return [
        Labelled(
            label=one.label,
            confidence=one.confidence,
            ranking=[Ranked(label=label, confidence=share) for label, share in one.ranking[:top]],
        )
        for one in _models(request).answer(wanted, samples)
    ]


def _entities(request: Request, samples: Sequence[Sample]) -> list[Entities]:
    found = _models(request).answer("entities", samples)
    return [
        Entities(
            entities=[
                Entity(
                    entity=span.name,
                    start=span.start,
                    end=span.end,
                    value=sample.text[span.start : span.end],
                    role=span.role,
                    group=span.group,
                )
                for span in one.spans
            ]
        )
        for sample, one in zip(samples, found, strict=True)
    ]


def _tongue(text: str) -> Tongue:
    found = language_of(text)
    return Tongue(
        language=found.tag,
        confidence=found.confidence,
        is_right_to_left=found.is_right_to_left,
    )
