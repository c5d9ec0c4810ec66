"""`/v1/ngc/*` of a running bot: what its own understanding finds in texts.

The answers of intents, entities and languages are those of `frontdesk ngc serve`; relations are
found between all entities of a text, for the bot knows which these are.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from bot.model import LoadedModel
from bot.ngc.tasks.wire import TOP
from bot.server.auth import require_api
from bot.server.ngc import (
    Entities,
    Entity,
    Labelled,
    Ranked,
    Text,
    Texts,
    TopQuery,
    language_router,
)
from bot.server.rasa.model import text_message
from bot.server.rasa.request import Model
from bot.types import Entity as FoundEntity
from bot.types import Reading

router = APIRouter(prefix="/v1/ngc", tags=["understanding"], dependencies=[Depends(require_api)])


class Feeling(BaseModel):
    """How the writer of a text feels; empty label if the pipeline has no `SentimentAnalyzer`."""

    label: str
    confidence: float = Field(ge=0, le=1)
    anger: float = Field(ge=0, le=1, description="How likely it is that the writer is angry.")


class FoundRelation(BaseModel):
    """How two entities of a text belong together."""

    relation: str
    head: Entity
    tail: Entity
    confidence: float = Field(ge=0, le=1)


class Relations(BaseModel):
    """The relations of a text, in the order of their heads."""

    relations: list[FoundRelation]


@router.post("/intent")
async def intent(body: Text, model: Model, top: TopQuery = TOP) -> Labelled:
    """Tell what a text wants."""
    return _labelled(await _read(model, body.text), top)


@router.post("/intent/batch")
async def intents(body: Texts, model: Model, top: TopQuery = TOP) -> list[Labelled]:
    """Tell what each text wants."""
    return [_labelled(one, top) for one in await _read_all(model, body)]


@router.post("/entities")
async def entities(body: Text, model: Model) -> Entities:
    """Tell the entities of a text."""
    return _entities(await _read(model, body.text))


@router.post("/entities/batch")
async def entities_of_each(body: Texts, model: Model) -> list[Entities]:
    """Tell the entities of each text."""
    return [_entities(one) for one in await _read_all(model, body)]


@router.post("/sentiment")
async def sentiment(body: Text, model: Model) -> Feeling:
    """Tell how the writer of a text feels."""
    return _feeling(await _read(model, body.text))


@router.post("/sentiment/batch")
async def sentiments(body: Texts, model: Model) -> list[Feeling]:
    """Tell how the writer of each text feels."""
    return [_feeling(one) for one in await _read_all(model, body)]


@router.post("/relations")
async def relations(body: Text, model: Model) -> Relations:
    """Tell how the entities of a text belong together."""
    return _relations(await _read(model, body.text))


@router.post("/relations/batch")
async def relations_of_each(body: Texts, model: Model) -> list[Relations]:
    """Tell how the entities of each text belong together."""
    return [_relations(one) for one in await _read_all(model, body)]


router.include_router(language_router)


async def _read(model: LoadedModel, text: str) -> Reading:
    return await model.engine.read(text_message(text))


async def _read_all(model: LoadedModel, body: Texts) -> Sequence[Reading]:
    return [await _read(model, text) for text in body.texts]


def _labelled(reading: Reading, top: int) -> Labelled:
    # A keyword's intent has no ranking.
    ranking = reading.ranking or (reading.intent,)
    return Labelled(
        label=reading.intent.name or "",
        confidence=reading.intent.confidence,
        ranking=[Ranked(label=one.name or "", confidence=one.confidence) for one in ranking[:top]],
    )


def _entities(reading: Reading) -> Entities:
    return Entities(entities=[_entity(one, reading.text) for one in reading.entities])


def _entity(found: FoundEntity, text: str) -> Entity:
    # Only what a button says has no place, and then it is the whole text.
    start = 0 if found.start is None else found.start
    end = len(text) if found.end is None else found.end
    return Entity(
        entity=found.name,
        start=start,
        end=end,
        value=text[start:end],
        role=found.role,
        group=found.group,
    )


def _feeling(reading: Reading) -> Feeling:
    found = reading.sentiment
    if found is None:
        return Feeling(label="", confidence=0.0, anger=0.0)
    return Feeling(label=found.label, confidence=found.confidence, anger=found.anger)


def _relations(reading: Reading) -> Relations:
    return Relations(
        relations=[
            FoundRelation(
                relation=one.name,
                head=_entity(one.head, reading.text),
                tail=_entity(one.tail, reading.text),
                confidence=one.confidence,
            )
            for one in reading.relations
        ]
    )
