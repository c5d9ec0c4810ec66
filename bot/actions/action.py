"""What an action needs, and what it gives back."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from bot.conversation import Conversation
from bot.domain import Domain
from bot.errors import ActionError
from bot.events import BotSaid, Event
from bot.nlg import templates
from bot.nlg.answering import PLAIN, Answering
from bot.nlg.draft import Draft
from bot.types import Reply
from knowledge.types import Hit

if TYPE_CHECKING:
    from bot.actions.remote import ActionServer
    from bot.nlg.remote import NlgServer

_log = logging.getLogger(__name__)

Retrieve = Callable[[str, str | None], Awaitable[tuple[Hit, ...]]]
"""(text, language) → passages, best first."""


class Rejected(Exception):
    """An action refuses to run; other policies may decide."""

    def __init__(self, name: str, reason: str = "") -> None:
        """Hold the action's `name`."""
        self.name = name
        super().__init__(f"{name} rejected: {reason}" if reason else f"{name} rejected")


class Run(Protocol):
    """Something that can be executed."""

    async def __call__(self, conversation: Conversation, world: World) -> list[Event]:
        """Return the events that executing leads to.

        Raises:
            Rejected: the action refuses.
            ActionError: the action failed.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What actions may use."""

    domain: Domain
    channel: str
    """Name by which responses choose their variation."""
    random: Random
    server: ActionServer | None = None
    nlg: NlgServer | None = None
    """Makes the texts; None for the domain's responses."""
    retrieve: Retrieve | None = None
    knowledge_threshold: float = 0.55
    """The probability from which a passage counts as an answer."""
    answering: Answering = PLAIN
    """How what was retrieved is worded."""
    draft: Draft = field(default_factory=Draft)
    """Shows an answer while it is written."""
    notes: dict[str, Any] = field(default_factory=dict)
    """Problems that do not stop the turn, by action name; the engine records them."""

    async def say(self, name: str, conversation: Conversation) -> list[Event]:
        """Return the bot message of response `name`, or nothing if there is none.

        Raises:
            ActionError: the NLG server failed, and the domain has no such response.
        """
        content = await self.respond(name, conversation)
        if content is None:
            return []
        reply = templates.reply_of(content, {"utter_action": name})
        if reply.text and self.answering.config.rephrase_templates:
            language = str(conversation.slots.get("language") or "en")
            reply = replace(reply, text=await self.answering.rephrased(reply.text, language))
        return [said(reply)]

    async def respond(
        self, name: str, conversation: Conversation, variables: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Return the content of response `name`, None if there is none.

        Args:
            name: Such as `utter_greet`.
            conversation: Its slots fill placeholders and decide conditions.
            variables: What a custom action passed along; they win over slots.

        Raises:
            ActionError: the NLG server failed, and the domain has no such response.
        """
        slots = conversation.slots
        if self.nlg is None:
            return self._of_domain(name, slots, variables)
        chosen = None
        if variables is None:
            chosen = templates.choose(self.domain, name, slots, self.channel, self.random)
        try:
            return await self.nlg.respond(
                name, conversation, self.channel,
                variation_id=chosen and chosen.id, arguments=variables or {},
            )  # fmt: skip
        except ActionError as error:
            own = self._of_domain(name, slots, variables)
            if own is None:
                raise
            _log.warning("%s; said the domain's own response instead", error)
            self.notes[name] = error
            return own

    def _of_domain(
        self, name: str, slots: Mapping[str, Any], variables: Mapping[str, Any] | None
    ) -> dict[str, Any] | None:
        return templates.respond(self.domain, name, slots, self.channel, self.random, variables)

    def lists(self, action: str) -> bool:
        """Tell whether the user lists `action`, so that the action server runs it."""
        return action in self.domain.actions


def said(reply: Reply) -> BotSaid:
    """Return the event of `reply`; metadata is kept in both places, for console and tracker."""
    return BotSaid(reply=reply, metadata=dict(reply.metadata))
