"""What goes into `/v1/ngc/*` and what comes out."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.ngc.tasks.answers import Asked
from bot.ngc.tasks.sample import Span
from bot.ngc.tasks.wire import MAX_CHARS, MAX_TEXTS


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


class RelatedText(Text):
    """A text whose relations are wanted: with `head` and `tail` the one of these two parts."""

    head: Place | None = None
    tail: Place | None = None

    @model_validator(mode="after")
    def _are_inside(self) -> RelatedText:
        if (self.head is None) != (self.tail is None):
            raise ValueError("name both head and tail, or neither")
        for place in (self.head, self.tail):
            if place and not place.start < place.end <= len(self.text):
                raise ValueError("head and tail must lie inside the text, and not be empty")
        return self

    def asked(self) -> Asked:
        """Return what is asked."""
        if self.head is None or self.tail is None:
            return Asked(self.text)
        head, tail = (Span(one.start, one.end, one.entity) for one in (self.head, self.tail))
        return Asked(self.text, (head, tail))


class RelatedTexts(BaseModel):
    """Several texts whose relations are wanted, answered in their order."""

    model_config = ConfigDict(extra="forbid")

    texts: list[RelatedText | Annotated[str, Field(max_length=MAX_CHARS)]] = Field(
        min_length=1, max_length=MAX_TEXTS
    )

    def asked(self) -> list[Asked]:
        """Return what is asked of each text."""
        return [Asked(one) if isinstance(one, str) else one.asked() for one in self.texts]


class Ranked(BaseModel):
    """A label and how sure the model is of it."""

    label: str
    confidence: float = Field(ge=0, le=1)


class Labelled(Ranked):
    """The answer of a classifier; `oos` says that the text belongs to no label."""

    ranking: list[Ranked]


class Feeling(Labelled):
    """How the writer of a text feels; the label is empty where no model tells."""

    anger: float | None = Field(
        default=None, ge=0, le=1, description="Whether the writer is angry, if the model tells."
    )


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


class Relation(BaseModel):
    """How two parts of a text belong together."""

    relation: str
    head: Entity
    tail: Entity
    confidence: float = Field(ge=0, le=1)


class Relations(BaseModel):
    """The relations of a text."""

    relations: list[Relation]


class Tongue(BaseModel):
    """The language of a text."""

    language: str = Field(description="BCP-47; `und` where nothing tells.")
    confidence: float = Field(ge=0, le=1)
    is_right_to_left: bool
