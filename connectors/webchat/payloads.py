"""The frames that a widget sends, validated at the border."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter


class Resume(BaseModel):
    """Where the client stopped reading."""

    conv: str = Field(max_length=64)
    last_seq: int = Field(ge=0)


class Hello(BaseModel):
    """The first frame."""

    t: Literal["hello"]
    v: int = 1
    token: str | None = Field(default=None, max_length=2048)
    resume: Resume | None = None
    locale: str | None = Field(default=None, max_length=35)


class Msg(BaseModel):
    """The customer wrote, or pressed a button outside a message."""

    t: Literal["msg"]
    cid: str = Field(min_length=8, max_length=64)
    text: str
    payload: str | None = Field(default=None, max_length=1000)


class Choose(BaseModel):
    """The customer pressed a button of message `of_seq`."""

    t: Literal["choose"]
    cid: str = Field(min_length=8, max_length=64)
    of_seq: int | None = None
    payload: str = Field(min_length=1, max_length=1000)
    title: str = Field(max_length=200)


class Typing(BaseModel):
    """The customer is typing, or stopped."""

    t: Literal["typing"]
    on: bool


class Read(BaseModel):
    """The customer has seen everything up to `seq`."""

    t: Literal["read"]
    seq: int = Field(ge=0)


class Ping(BaseModel):
    """Keeps the connection alive."""

    t: Literal["ping"]
    n: int = 0


Frame = Annotated[Hello | Msg | Choose | Typing | Read | Ping, Field(discriminator="t")]
FRAME: TypeAdapter[Hello | Msg | Choose | Typing | Read | Ping] = TypeAdapter(Frame)
