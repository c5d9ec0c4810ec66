"""`action_answer_from_knowledge`: an answer with its source, or an honest "I do not know"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.actions.action import World, said
from bot.conversation import Conversation
from bot.events import BotSaid, Event, UserSaid
from bot.nlg import templates
from bot.nlg.certainty import certainty, is_answer, weighed
from bot.nlg.clarify import alternatives, clarifying
from bot.nlg.follow_up import question_before
from bot.nlg.phrases import PHRASES, phrase
from bot.nlg.questions import leans, questions
from bot.nlg.responder import Answer, Question
from bot.nlg.small_talk import small_talk
from bot.nlg.transcript import lines
from bot.types import Button, Reply, Source
from knowledge.types import Hit

NAME = "action_answer_from_knowledge"
TALK_TO_PERSON = "/talk_to_person"
SHOWN_PASSAGES: Final = 3
HISTORY_TURNS: Final = 4
_NEITHER: Final = frozenset(PHRASES["something_else"].values())
_SMALL_TALK: Final = {"thanks": "utter_welcome", "bye": "utter_goodbye"}
"""Kind of small talk → the response that domains mostly have for it."""


async def answer_from_knowledge(conversation: Conversation, world: World) -> list[Event]:
    """Answer each question of the message, ask which is meant, or say that nothing is known."""
    asking = _Asking(conversation, world)
    if kind := small_talk(asking.text):
        response = _SMALL_TALK.get(kind)
        own = response is not None and response in world.domain.responses
        if own and (events := await world.say(str(response), conversation)):
            return events
        return [said(Reply(text=phrase(kind, asking.language), metadata={"utter_action": NAME}))]
    if asking.text in _NEITHER:
        text = phrase("ask_anew", asking.language)
        return [said(Reply(text=text, metadata={"utter_action": NAME}))]
    return [said(reply) for reply in await asking.replies()]


@dataclass(frozen=True, slots=True)
class _Asking:
    """What a customer wants to know, in this conversation."""

    conversation: Conversation
    world: World

    @property
    def text(self) -> str:
        """What was asked; a follow-up as it was understood."""
        message = self.conversation.latest_message
        return (message.reading.text or message.text or "") if message else ""

    @property
    def _is_follow_up(self) -> bool:
        """Whether the question before it was needed to understand the message."""
        message = self.conversation.latest_message
        return message is not None and message.reading.text != message.text

    @property
    def language(self) -> str:
        message = self.conversation.latest_message
        spoken = message.reading.language if message else None
        return (spoken or self.conversation.slots.get("language") or "en").split("-", 1)[0]

    async def replies(self) -> list[Reply]:
        """Return one reply per question; a single "I do not know" if none can be answered."""
        config = self.world.answering.config
        parts = questions(self.text) if config.split_questions else (self.text,)
        if len(parts) > 1:
            found = [await self._hits_of(part, parts[:place]) for place, part in enumerate(parts)]
            if any(map(self._are_good, found)):
                return await self._each(parts, found)
        return [await self._one()]

    async def _each(self, parts: Sequence[str], found: Sequence[Sequence[Hit]]) -> list[Reply]:
        """Answer several questions; what one passage answers is said once."""
        replies: list[Reply] = []
        seen: set[str] = set()
        for part, hits in zip(parts, found, strict=True):
            if not self._are_good(hits):
                text = phrase("no_answer_to", self.language, question=part)
                replies.append(self._offering(text, _metadata(hits)))
            elif hits[0].passage.id not in seen:
                seen.add(hits[0].passage.id)
                replies.append(await self._answered(part, hits))
        return replies

    async def _one(self) -> Reply:
        """Answer the whole message."""
        text, hits = self.text, await self._hits(self.text, weighs_intent=True)
        before = question_before(self._events_before())
        if not self._are_good(hits) and before and leans(text):
            text = f"{before} {text}"
            hits = await self._hits(text, weighs_intent=True)
        if not self._are_good(hits):
            return await self._no_answer(_metadata(hits))
        meant = alternatives(hits, self.world.knowledge_threshold)
        if meant is not None and self.world.answering.config.clarify:
            asked = clarifying(*meant, self.language)
            return replace(asked, metadata={**_metadata(hits), **asked.metadata})
        return await self._answered(text, hits)

    async def _answered(self, text: str, hits: Sequence[Hit]) -> Reply:
        good = tuple(hit for hit in hits if self._is_good(hit))
        said_before = lines(self._events_before())
        question = Question(
            text=text,
            language=self.language,
            hits=good,
            is_repeated=self._is_follow_up
            and good[0].passage.id == _answered_last(self._events_before()),
            history=tuple(map(str, said_before[-HISTORY_TURNS:])),
            draft=self.world.draft,
            respond=self._response,
        )
        answer = await self.world.answering.answer(question)
        return _reply(answer, _metadata(hits) | {"responder": answer.responder})

    def _events_before(self) -> tuple[Event, ...]:
        """Return what happened before the message."""
        events = self.conversation.events_after_restart()
        places = [place for place, one in enumerate(events) if isinstance(one, UserSaid)]
        return events[: places[-1]] if places else events

    async def _response(self, name: str) -> Mapping[str, Any] | None:
        if name not in self.world.domain.responses:
            return None
        return await self.world.respond(name, self.conversation)

    async def _hits_of(self, part: str, before: Sequence[str]) -> Sequence[Hit]:
        """Return the passages for one question of several; one that leans is read with the last."""
        alone = await self._hits(part, weighs_intent=False)
        if not before or not leans(part):
            return alone
        joined = await self._hits(f"{before[-1]} {part}", weighs_intent=False)
        first = await self._hits(before[-1], weighs_intent=False)
        known = first[0].passage.id if first else ""
        # With the question before it, its own answer comes near, too: that is given already.
        others = [hit for hit in joined if hit.passage.id != known]
        best = max((alone, others), key=lambda hits: certainty(hits[0]) if hits else -1.0)
        return best or alone

    async def _hits(self, text: str, *, weighs_intent: bool) -> Sequence[Hit]:
        message = self.conversation.latest_message
        if message is None or not text or self.world.retrieve is None:
            return ()
        hits = _in_language(await self.world.retrieve(text, self.language), self.language)
        if weighs_intent:
            hits = weighed(hits, message.reading.intent.name)
        return hits[:SHOWN_PASSAGES]

    def _are_good(self, hits: Sequence[Hit]) -> bool:
        return bool(hits) and self._is_good(hits[0])

    def _is_good(self, hit: Hit) -> bool:
        return is_answer(hit, self.world.knowledge_threshold)

    async def _no_answer(self, metadata: Mapping[str, Any]) -> Reply:
        # An NLG server need not know our own response.
        if "utter_no_answer" in self.world.domain.responses:
            content = await self.world.respond("utter_no_answer", self.conversation)
            if content is not None:
                more = {**metadata, "utter_action": "utter_no_answer"}
                return templates.reply_of(content, more)
        return self._offering(phrase("no_answer", self.language), metadata)

    def _offering(self, text: str, metadata: Mapping[str, Any]) -> Reply:
        """Return `text` with a button that calls a person."""
        button = Button(title=phrase("talk_to_person", self.language), payload=TALK_TO_PERSON)
        return Reply(text=text, buttons=(button,), metadata=metadata)


def _answered_last(events: Sequence[Event]) -> str | None:
    """Return the id of the passage that the last bot message cites first."""
    last = next((one for one in reversed(events) if isinstance(one, BotSaid)), None)
    return last.reply.sources[0].passage_id if last and last.reply.sources else None


def _in_language(hits: Sequence[Hit], language: str) -> list[Hit]:
    """Return the hits without those that are there in the customer's language, too."""
    own = {hit.passage.id for hit in hits if hit.passage.language == language}
    return [hit for hit in hits if hit.passage.language == language or hit.passage.id not in own]


def _reply(answer: Answer, metadata: Mapping[str, Any]) -> Reply:
    sources = tuple(
        Source(
            title=hit.passage.title, url=hit.passage.source, score=hit.score,
            passage_id=hit.passage.id,
        )
        for hit in answer.cited
    )  # fmt: skip
    if answer.content is not None:
        return replace(templates.reply_of(answer.content, metadata), sources=sources)
    return Reply(text=answer.text, sources=sources, metadata=metadata)


def _metadata(hits: Sequence[Hit]) -> dict[str, Any]:
    return {"utter_action": NAME, "passages": [_passage(hit) for hit in hits]}


def _passage(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.passage.id,
        "title": hit.passage.title,
        "text": hit.passage.text,
        "source": hit.passage.source,
        "score": hit.score,
        **({} if hit.probability is None else {"probability": hit.probability}),
    }
