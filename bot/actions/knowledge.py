"""`action_answer_from_knowledge`: an answer with its source, or an honest "I do not know"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from bot.actions.action import World, said
from bot.conversation import Conversation
from bot.events import Event
from bot.types import Button, Reply, Source
from knowledge.types import Hit

NAME = "action_answer_from_knowledge"
NO_ANSWER = {
    "en": ("Sorry, I do not know the answer to that. Would you like to talk to a person?",
           "Talk to a person"),
    "zh": ("抱歉，这个问题我不知道答案。需要转接人工客服吗？", "转人工客服"),
}  # fmt: skip
TALK_TO_PERSON = "/talk_to_person"
TAG_BONUS: Final = 0.15
"""Added to the score of a passage that is tagged with the intent of the message. Two views of one
question count: the words resemble an entry's, and the classifier has learnt what it is about."""
SHOWN_PASSAGES: Final = 3


async def answer_from_knowledge(conversation: Conversation, world: World) -> list[Event]:
    """Answer with the best passage if it is good enough."""
    hits = await _hits(conversation, world)
    metadata = {"utter_action": NAME, "passages": [_passage(hit) for hit in hits]}
    best = hits[0] if hits else None
    if best is None or best.score < world.knowledge_threshold:
        return [said(await _no_answer(conversation, world, metadata))]
    source = Source(
        title=best.passage.title, url=best.passage.source, score=best.score,
        passage_id=best.passage.id,
    )  # fmt: skip
    return [said(Reply(text=best.passage.text, sources=(source,), metadata=metadata))]


async def _hits(conversation: Conversation, world: World) -> Sequence[Hit]:
    message = conversation.latest_message
    if message is None or not message.text or world.retrieve is None:
        return ()
    hits = await world.retrieve(message.text, _language(conversation))
    weighed = (_weighed(hit, message.reading.intent.name) for hit in hits)
    return sorted(weighed, key=lambda hit: -hit.score)[:SHOWN_PASSAGES]


def _weighed(hit: Hit, intent: str | None) -> Hit:
    if intent not in hit.passage.tags:
        return hit
    return replace(hit, score=min(1.0, hit.score + TAG_BONUS))


def _language(conversation: Conversation) -> str | None:
    message = conversation.latest_message
    spoken = message.reading.language if message else None
    return spoken or conversation.slots.get("language")


async def _no_answer(conversation: Conversation, world: World, metadata: dict[str, Any]) -> Reply:
    # An NLG server need not know our own response.
    has_words = "utter_no_answer" in world.domain.responses
    for event in await world.say("utter_no_answer", conversation) if has_words else ():
        reply = getattr(event, "reply", None)
        if isinstance(reply, Reply):
            merged = {**metadata, **reply.metadata}
            return Reply(
                text=reply.text, buttons=reply.buttons, image=reply.image,
                attachment=reply.attachment, custom=reply.custom, elements=reply.elements,
                quick_replies=reply.quick_replies, metadata=merged,
            )  # fmt: skip
    language = (_language(conversation) or "en").split("-", 1)[0]
    text, title = NO_ANSWER.get(language, NO_ANSWER["en"])
    return Reply(
        text=text, buttons=(Button(title=title, payload=TALK_TO_PERSON),), metadata=metadata
    )


def _passage(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.passage.id,
        "title": hit.passage.title,
        "text": hit.passage.text,
        "source": hit.passage.source,
        "score": hit.score,
    }
