"""`/v1/ngc/*`: what is found in texts, by a running bot or by models alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Query, Request

from bot.ngc.tasks.answers import Asked, language_json
from bot.ngc.tasks.wire import TOP
from bot.server.ngc_forms import (
    Entities,
    Feeling,
    Labelled,
    RelatedText,
    RelatedTexts,
    Relations,
    Text,
    Texts,
    Tongue,
)


class Understander(Protocol):
    """Who answers: one answer per text, in their order."""

    async def intents(self, texts: Sequence[str], top: int) -> list[Labelled]:
        """Tell what each text wants, with at most `top` labels of the ranking."""
        ...

    async def sentiments(self, texts: Sequence[str], top: int) -> list[Feeling]:
        """Tell how the writer of each text feels."""
        ...

    async def entities(self, texts: Sequence[str]) -> list[Entities]:
        """Tell the entities of each text."""
        ...

    async def relations(self, asked: Sequence[Asked]) -> list[Relations]:
        """Tell the relations of each text."""
        ...


def _understander(request: Request) -> Understander:
    found: Understander = request.app.state.understander
    return found


router = APIRouter(prefix="/v1/ngc", tags=["understanding"])
Found = Annotated[Understander, Depends(_understander)]
TopQuery = Annotated[int, Query(ge=1, le=1_000, description="Labels of the ranking.")]


@router.post("/intent")
async def intent(body: Text, found: Found, top: TopQuery = TOP) -> Labelled:
    """Tell what a text wants."""
    return (await found.intents([body.text], top))[0]


@router.post("/intent/batch")
async def intents(body: Texts, found: Found, top: TopQuery = TOP) -> list[Labelled]:
    """Tell what each text wants."""
    return await found.intents(body.texts, top)


@router.post("/sentiment", response_model_exclude_none=True)
async def sentiment(body: Text, found: Found, top: TopQuery = TOP) -> Feeling:
    """Tell how the writer of a text feels."""
    return (await found.sentiments([body.text], top))[0]


@router.post("/sentiment/batch", response_model_exclude_none=True)
async def sentiments(body: Texts, found: Found, top: TopQuery = TOP) -> list[Feeling]:
    """Tell how the writer of each text feels."""
    return await found.sentiments(body.texts, top)


@router.post("/entities", response_model_exclude_none=True)
async def entities(body: Text, found: Found) -> Entities:
    """Tell the entities of a text."""
    return (await found.entities([body.text]))[0]


@router.post("/entities/batch", response_model_exclude_none=True)
async def entities_of_each(body: Texts, found: Found) -> list[Entities]:
    """Tell the entities of each text."""
    return await found.entities(body.texts)


@router.post("/relations", response_model_exclude_none=True)
async def relations(body: RelatedText, found: Found) -> Relations:
    """Tell how the entities of a text belong together, or how two parts of it do."""
    return (await found.relations([body.asked()]))[0]


@router.post("/relations/batch", response_model_exclude_none=True)
async def relations_of_each(body: RelatedTexts, found: Found) -> list[Relations]:
    """Tell the relations of each text."""
    return await found.relations(body.asked())


@router.post("/language")
def language(body: Text) -> Tongue:
    """Tell the language of a text; needs no model."""
    return Tongue.model_validate(language_json(body.text))


@router.post("/language/batch")
def languages(body: Texts) -> list[Tongue]:
    """Tell the language of each text; needs no model."""
    return [Tongue.model_validate(language_json(text)) for text in body.texts]
