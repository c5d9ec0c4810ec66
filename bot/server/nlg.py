"""`/v1/nlg/*` of a running bot: answers from its knowledge, summaries, other wordings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from bot.actions.knowledge import NAME
from bot.config import Length, Tone
from bot.conversation import Conversation
from bot.events import BotSaid, Event, OperatorSaid, UserSaid
from bot.model import LoadedModel
from bot.nlg.answering import Answering
from bot.nlg.prompt import Style
from bot.nlg.summary import summarise
from bot.nlg.transcript import lines
from bot.server.auth import require_api
from bot.server.rasa.errors import ApiError
from bot.server.rasa.model import text_message
from bot.server.rasa.request import Model
from bot.types import Intent, Reading, Reply
from knowledge.languages import detect_language

MAX_CHARS = 4_000
MAX_TURNS = 200
router = APIRouter(prefix="/v1/nlg", tags=["answers"], dependencies=[Depends(require_api)])
Text = Annotated[str, Field(max_length=MAX_CHARS)]
Language = Annotated[
    str | None, Field(max_length=35, description="BCP-47; by default told from the text.")
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Turn(_Body):
    """Something that was said."""

    speaker: Literal["customer", "bot", "agent"]
    text: Text


class Question(_Body):
    """What a customer asks, and what was said before."""

    text: Text = Field(min_length=1)
    language: Language = None
    history: list[Turn] = Field(default=[], max_length=MAX_TURNS)


class Source(BaseModel):
    """A passage that an answer is from; `[1]` in the text is the first."""

    title: str
    url: str
    score: float
    passage_id: str


class Button(BaseModel):
    """A choice: which question is meant, or a person."""

    title: str
    payload: str


class AnswerPart(BaseModel):
    """The answer to one question of the text."""

    text: str
    sources: list[Source]
    buttons: list[Button]
    responder: str | None = Field(description="What worded it; null if there was no answer.")


class Replies(BaseModel):
    """One answer per question."""

    asked: str = Field(description="What was understood: a follow-up with the question before it.")
    language: str
    replies: list[AnswerPart]


class Talk(_Body):
    """A conversation."""

    messages: list[Turn] = Field(min_length=1, max_length=MAX_TURNS)
    language: Language = None


class InShort(BaseModel):
    """A conversation in short, in the customer's words."""

    title: str
    wants: list[str]
    tried: list[str]
    slots: dict[str, Any]
    mood: str = Field(description="angry, upset, calm or pleased")
    open_questions: list[str]
    text: str = Field(description="The same in sentences; empty unless a model writes summaries.")


class Wording(_Body):
    """A text to word anew."""

    text: Text = Field(min_length=1)
    language: Language = None
    tone: Tone | None = None
    length: Length | None = None


class Reworded(BaseModel):
    """A text that says the same."""

    text: str
    is_changed: bool = Field(description="False if no other wording says exactly the same.")


class Usage(BaseModel):
    """What the language model was asked since the start of the server."""

    requests: int = 0
    failures: int = 0
    cancelled: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: int = Field(default=0, description="Answers whose tokens the model did not tell.")
    cost: float = 0.0


@router.post("/reply")
async def reply(body: Question, model: Model) -> Replies:
    """Answer a text from the knowledge base, as the bot does in a conversation."""
    message = dataclasses.replace(text_message(body.text), locale=body.language)
    before = await _conversation(body.history, model, understands=False)
    heard = (await model.engine.log(message, before)).conversation
    turn = await model.engine.execute_action(NAME, heard)
    latest = heard.latest_message
    reading = latest.reading if latest else None
    return Replies(
        asked=reading.text if reading else body.text,
        language=(reading.language if reading else None) or "en",
        replies=[_part(one) for one in turn.replies],
    )


@router.post("/summarize")
async def summarize(body: Talk, model: Model) -> InShort:
    """Tell what a customer wants, what was tried and what is open."""
    conversation = await _conversation(body.messages, model, understands=True)
    found = summarise(conversation.events)
    language = body.language or _language(turn.text for turn in body.messages)
    answering = model.engine.answering
    text = await answering.summary([str(one) for one in lines(conversation.events)], language)
    return InShort(**dataclasses.replace(found, text=text).to_dict())


@router.post("/rephrase")
async def rephrase(body: Wording, model: Model) -> Reworded:
    """Word a text anew; numbers, names, links and addresses stay as they are."""
    answering = model.engine.answering
    if answering.writer is None:
        told = "no language model is configured; name one under `nlg: model:` in config.yml"
        raise ApiError(HTTPStatus.CONFLICT, "NoLanguageModel", told)
    text = await answering.writer.rephrased(body.text, _style(body, answering))
    return Reworded(text=text, is_changed=text != body.text)


@router.get("/usage")
async def usage(model: Model) -> Usage:
    """Tell how much the language model was used, and what it cost."""
    chat = model.engine.answering.model
    return Usage(**chat.usage.to_dict()) if chat else Usage()


def _style(body: Wording, answering: Answering) -> Style:
    return Style(
        language=body.language or detect_language(body.text, "en"),
        tone=body.tone or answering.config.tone,
        length=body.length or answering.config.length,
    )


def _language(texts: Iterable[str]) -> str:
    return detect_language(" ".join(texts), "en")


async def _conversation(
    turns: Sequence[Turn], model: LoadedModel, *, understands: bool
) -> Conversation:
    """Return a conversation in which `turns` were said."""
    events: list[Event] = [await _said(turn, model, understands=understands) for turn in turns]
    return Conversation.start("api", model.domain, channel="api").after(*events)


async def _said(turn: Turn, model: LoadedModel, *, understands: bool) -> Event:
    match turn.speaker:
        case "customer":
            reading = Reading(text=turn.text, intent=Intent(name=None, confidence=0.0))
            if understands:
                reading = await model.engine.read(text_message(turn.text))
            return UserSaid(text=turn.text, reading=reading)
        case "bot":
            # What follows may be a follow-up of it.
            return BotSaid(reply=Reply(text=turn.text), metadata={"passages": []})
        case "agent":
            return OperatorSaid(text=turn.text, operator_id="", operator_name="")


def _part(said: Reply) -> AnswerPart:
    return AnswerPart(
        text=said.text or "",
        sources=[
            Source(title=one.title, url=one.url, score=one.score, passage_id=one.passage_id)
            for one in said.sources
        ],
        buttons=[Button(title=one.title, payload=one.payload) for one in said.buttons],
        responder=said.metadata.get("responder"),
    )
