"""`/v1/ngc/*` answered by a running bot: what its own understanding finds in texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Depends

from bot.ngc.tasks.answers import Asked
from bot.server.auth import require_api
from bot.server.desk import Desk
from bot.server.ngc import router as ngc_router
from bot.server.ngc_forms import (
    Entities,
    Entity,
    Feeling,
    Labelled,
    Ranked,
    Relation,
    Relations,
)
from bot.server.rasa.model import text_message
from bot.server.rasa.request import loaded_model
from bot.types import Entity as FoundEntity
from bot.types import Reading

router = APIRouter(dependencies=[Depends(require_api)])
router.include_router(ngc_router)


@dataclass(frozen=True, slots=True)
class BotUnderstander:
    """Reads each text as the bot reads a message that nothing went before."""

    desk: Desk

    async def intents(self, texts: Sequence[str], top: int) -> list[Labelled]:
        """See `Understander`."""
        return [_labelled(reading, top) for reading in await self._read(texts)]

    async def sentiments(self, texts: Sequence[str], top: int) -> list[Feeling]:
        """See `Understander`."""
        return [_feeling(reading) for reading in await self._read(texts)]

    async def entities(self, texts: Sequence[str]) -> list[Entities]:
        """See `Understander`."""
        return [
            Entities(entities=[_entity(one, reading.text) for one in reading.entities])
            for reading in await self._read(texts)
        ]

    async def relations(self, asked: Sequence[Asked]) -> list[Relations]:
        """See `Understander`; the bot's entities that overlap a given pair stand for it."""
        readings = await self._read([one.text for one in asked])
        return [_relations(reading, one) for reading, one in zip(readings, asked, strict=True)]

    async def _read(self, texts: Sequence[str]) -> list[Reading]:
        engine = loaded_model(self.desk).engine
        return [await engine.read(text_message(text)) for text in texts]


def _labelled(reading: Reading, top: int) -> Labelled:
    # A keyword's intent has no ranking.
    ranking = reading.ranking or (reading.intent,)
    return Labelled(
        label=reading.intent.name or "",
        confidence=reading.intent.confidence,
        ranking=[Ranked(label=one.name or "", confidence=one.confidence) for one in ranking[:top]],
    )


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
        return Feeling(label="", confidence=0.0, ranking=[])
    ranking = [Ranked(label=found.label, confidence=found.confidence)]
    return Feeling(
        label=found.label, confidence=found.confidence, ranking=ranking, anger=found.anger
    )


def _relations(reading: Reading, asked: Asked) -> Relations:
    found = [
        Relation(
            relation=one.name,
            head=_entity(one.head, reading.text),
            tail=_entity(one.tail, reading.text),
            confidence=one.confidence,
        )
        for one in reading.relations
    ]
    if asked.pair is None:
        return Relations(relations=found)
    return Relations(relations=[one for one in found if _is_about(one, asked)])


def _is_about(relation: Relation, asked: Asked) -> bool:
    assert asked.pair is not None
    sides = zip((relation.head, relation.tail), asked.pair, strict=True)
    return all(side.start < span.end and span.start < side.end for side, span in sides)
