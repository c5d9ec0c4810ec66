"""`/v1/knowledge/search`: which passages of the running bot's base answer a question."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from bot.ngc.tasks.wire import MAX_CHARS
from bot.server.auth import require_api
from knowledge.base import KnowledgeBase
from knowledge.types import Filters
from knowledge.types import Hit as FoundHit

router = APIRouter(prefix="/v1/knowledge", tags=["knowledge"], dependencies=[Depends(require_api)])
MAX_HITS = 100
Name = Annotated[str, Field(max_length=100)]


class Question(BaseModel):
    """A question, and which passages may answer it."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=MAX_CHARS)
    language: Name | None = Field(None, description="BCP-47; detected if it is not given.")
    k: int = Field(5, ge=1, le=MAX_HITS, description="How many hits at most.")
    tags: list[Name] = Field([], max_length=100, description="One of these; empty for any.")
    languages: list[Name] = Field([], max_length=100, description="In one of these; empty for any.")
    audience: list[Name] = Field(
        [], max_length=100, description="Who asks: adds passages that are not for everyone."
    )
    on: date | None = Field(None, description="The day on which it must hold; today by default.")

    def filters(self) -> Filters:
        """Return what limits the search."""
        return Filters(
            tags=tuple(self.tags),
            languages=tuple(self.languages),
            audience=tuple(self.audience),
            on=self.on,
        )


class Hit(BaseModel):
    """A passage that may answer."""

    id: str
    language: str
    title: str
    text: str = Field(description="Markdown.")
    source: str = Field(description="URL of where it is published.")
    document: str
    headings: list[str]
    tags: list[str]
    matched: str = Field(description="The question that matched.")
    score: float = Field(ge=-1, le=1, description="Cosine with the nearest question or text.")
    probability: float = Field(ge=0, le=1, description="That this passage answers the question.")


class Hits(BaseModel):
    """The passages found, the best one first."""

    hits: list[Hit]


@router.post("/search")
async def search(body: Question, request: Request) -> Hits:
    """Find the passages that answer a question, with the chance that each is right."""
    base: KnowledgeBase | None = request.app.state.knowledge
    if base is None:
        return Hits(hits=[])
    found = await asyncio.to_thread(_search, base, body)
    return Hits(hits=[_shown(hit) for hit in found])


def _search(base: KnowledgeBase, body: Question) -> tuple[FoundHit, ...]:
    base.reload()
    return base.search(body.text, body.language, body.k, filters=body.filters())


def _shown(hit: FoundHit) -> Hit:
    passage = hit.passage
    return Hit(
        id=passage.id,
        language=passage.language,
        title=passage.title,
        text=passage.text,
        source=passage.source,
        document=passage.document,
        headings=list(passage.headings),
        tags=list(passage.tags),
        matched=hit.matched,
        score=hit.score,
        probability=hit.probability or 0.0,
    )
