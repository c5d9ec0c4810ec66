"""One message in, one turn out. Nothing is stored or sent here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from bot.actions.action import Rejected, World
from bot.actions.offer import OFFER, offer_person
from bot.actions.perform import is_text, perform
from bot.actions.remote import ActionServer
from bot.actions.slots import extract_slots
from bot.conversation import LISTEN, SESSION_START, Conversation
from bot.dialogue.model import DialogueModel
from bot.domain import Domain
from bot.errors import ActionError
from bot.events import (
    IS_EXTERNAL,
    ActionFailed,
    ActionRan,
    ActionRejected,
    BotSaid,
    Event,
    HandoffRequested,
    SlotSet,
    UserSaid,
    externally,
)
from bot.nlg.answering import PLAIN, Answering
from bot.nlg.draft import Draft
from bot.nlg.follow_up import is_another_topic, question_before, resolved
from bot.nlg.remote import NlgServer
from bot.reminders import is_outdated
from bot.types import Decision, ExternalIntent, Message, Reading, Reply
from knowledge.types import Hit

_log = logging.getLogger(__name__)
STARTED_METADATA = "session_started_metadata"
RESPONSE_CHANNELS = {"rest": "collector"}
"""Channels whose responses Rasa chooses under another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one message led to."""

    conversation: Conversation
    events: tuple[Event, ...] = ()

    @property
    def replies(self) -> tuple[Reply, ...]:
        """What to deliver, in order."""
        return tuple(event.reply for event in self.events if isinstance(event, BotSaid))

    def after(self, *events: Event) -> Turn:
        """Return the turn with `events` appended."""
        return Turn(conversation=self.conversation.after(*events), events=(*self.events, *events))


def now() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Understands, decides and acts."""

    domain: Domain
    understand: Callable[[Message], Reading]
    dialogue: DialogueModel
    expect: Callable[[str, str | None], None] | None = None
    """Does ahead what understanding a text in a locale will need."""
    retrieve: Callable[[str, str | None], tuple[Hit, ...]] = lambda text, language: ()
    action_endpoint: ActionServer | None = None
    nlg: NlgServer | None = None
    answering: Answering = PLAIN
    """How what was retrieved is worded."""
    knowledge_threshold: float = 0.55
    """The probability from which a passage counts as an answer."""
    offers_person: bool = False
    """Whether an angry customer is offered a person."""
    max_actions: int = 10
    seed: int | None = None
    """Fixes which response variation is said, per message; None for chance."""
    clock: Callable[[], datetime] = now
    response_channels: Mapping[str, str] = field(default_factory=lambda: RESPONSE_CHANNELS)

    async def handle(
        self, message: Message, conversation: Conversation, *, draft: Draft | None = None
    ) -> Turn:
        """Return what one user message leads to: the events to record, replies among them.

        `draft` shows an answer while it is written, and stops it when nobody wants it any more.
        """
        world = replace(self._world(message), draft=draft or Draft())
        turn = self._started(conversation)
        turn = await self._in_session(turn, world, message.metadata)
        turn = await self._heard(turn, message)
        turn = await self._extracted(turn, world)
        return await self._act(turn, world)

    async def read(self, message: Message) -> Reading:
        """Return what the message means, on its own."""
        return await asyncio.to_thread(self.understand, message)

    def look_ahead(self, text: str, locale: str | None) -> None:
        """Begin to understand a text whose message is still on its way to the inbox."""
        if self.expect is not None:
            loop = asyncio.get_running_loop()
            future = loop.run_in_executor(None, self.expect, text, locale)
            # What fails here fails again when the message is read, and is told then.
            future.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def listen_only(self, message: Message, conversation: Conversation) -> Turn:
        """Return the turn in which the message is only understood; a person answers."""
        return await self._heard(self._started(conversation), message)

    async def handle_external(
        self, external: ExternalIntent, conversation: Conversation, *, message_id: str | None = None
    ) -> Turn:
        """Return what an intent that no customer wrote leads to; nothing if it is outdated."""
        channel = external.output_channel or conversation.latest_input_channel
        random = self._random(message_id or external.name)
        world = self._world_for(channel or conversation.channel, random)
        turn = await self._in_session(self._started(conversation), world, {})
        if is_outdated(external, turn.conversation):
            return Turn(conversation=conversation)
        turn = turn.after(self._triggered(external, conversation, message_id))
        turn = await self._extracted(turn, world)
        return await self._act(turn, world)

    def note_external(
        self, external: ExternalIntent, conversation: Conversation, *, message_id: str | None = None
    ) -> Turn:
        """Return the turn in which the intent is only recorded; a person answers."""
        turn = self._started(conversation)
        if is_outdated(external, turn.conversation):
            return turn
        return turn.after(self._triggered(external, conversation, message_id))

    async def log(
        self, message: Message, conversation: Conversation, reading: Reading | None = None
    ) -> Turn:
        """Return the turn in which a message fills slots, but nothing is decided.

        `reading` is what the message means, where the sender found that out.
        """
        world = self._world(message)
        turn = await self._in_session(self._started(conversation), world, {})
        turn = await self._heard(turn, message, reading)
        return await self._extracted(turn, world)

    async def execute_action(
        self, name: str, conversation: Conversation, *,
        policy: str | None = None, confidence: float | None = None, channel: str | None = None,
    ) -> Turn:  # fmt: skip
        """Return the turn in which only action `name` is executed.

        `channel` is where it speaks; by default where the customer wrote last.
        """
        decision = Decision(action=name, confidence=confidence or 0.0, policy=policy)
        world = self._world_for(
            channel or conversation.latest_input_channel or conversation.channel
        )
        turn = await self._in_session(self._started(conversation), world, {})
        return await self._performed(turn, decision, world, confidence=confidence)

    async def carry_on(self, conversation: Conversation) -> Turn:
        """Return the turn that follows from the conversation as it stands, such as a new event."""
        world = self._world_for(conversation.latest_input_channel or conversation.channel)
        return await self._act(self._started(conversation), world)

    async def start_session(
        self, conversation: Conversation, metadata: Mapping[str, Any] | None = None
    ) -> Turn:
        """Return the turn that starts a session if the conversation is new or expired."""
        world = self._world_for(conversation.channel)
        return await self._in_session(Turn(conversation=conversation), world, metadata or {})

    def predict(self, conversation: Conversation) -> Decision:
        """Return the next action."""
        return self.dialogue.decide(conversation)

    async def _act(self, turn: Turn, world: World) -> Turn:
        """Decide and perform until it is the user's turn again."""
        for _ in range(2 * self.max_actions):
            if not self._may_act(turn.conversation):
                return turn
            decision = self.dialogue.decide(turn.conversation)
            waited = turn.conversation.latest_action_name in (LISTEN, SESSION_START)
            if self._acted(turn.conversation) >= self.max_actions and not waited:
                _log.warning("more than %d actions without listening; stopped", self.max_actions)
                return turn
            if decision.is_end_to_end:
                turn = await self._extracted(turn, world)
            before = len(turn.events)
            if decision.action == LISTEN:
                turn = await self._offered(turn, world)
            turn = await self._performed(turn, decision, world)
            new = turn.events[before:]
            if decision.action in (LISTEN, SESSION_START):
                return turn
            if any(isinstance(event, HandoffRequested) for event in new):
                # The bot listens from here on, so that it can go on when a person hands back.
                return turn.after(ActionRan(at=self.clock(), name=LISTEN))
        return turn

    async def _offered(self, turn: Turn, world: World) -> Turn:
        """Return the turn in which an angry customer was offered a person.

        No action stands for it: what the policies see of the conversation stays as it was taught.
        """
        heard = any(isinstance(event, UserSaid) for event in turn.events)
        if not self.offers_person or not heard:
            return turn
        events = await offer_person(turn.conversation, world)
        decision = Decision(action=OFFER, confidence=1.0, policy="handoff.on_anger")
        return turn.after(*(_explained(event, decision) for event in events))

    def _may_act(self, conversation: Conversation) -> bool:
        return not conversation.paused or conversation.latest_intent == "restart"

    def _acted(self, conversation: Conversation) -> int:
        """Return how many actions ran since the bot last listened."""
        count = 0
        for event in reversed(conversation.events):
            if isinstance(event, ActionRan):
                if event.name in (LISTEN, SESSION_START):
                    break
                count += 1
        return count

    def _started(self, conversation: Conversation) -> Turn:
        """Return a turn without events, in the state that a reader of the store would see."""
        return Turn(conversation=self.dialogue.history(conversation).replayed())

    async def _in_session(self, turn: Turn, world: World, metadata: Mapping[str, Any]) -> Turn:
        conversation = turn.conversation
        if self.dialogue.history(conversation).events and not self._has_expired(conversation):
            return turn
        if metadata:
            turn = turn.after(SlotSet(name=STARTED_METADATA, value=dict(metadata)))
        decision = Decision(action=SESSION_START, confidence=1.0, policy=None)
        return await self._performed(turn, decision, world)

    def _has_expired(self, conversation: Conversation) -> bool:
        minutes = self.domain.session.expiration_minutes
        last = next((e for e in reversed(conversation.events) if isinstance(e, UserSaid)), None)
        if minutes <= 0 or last is None:
            return False
        return (self.clock() - last.at).total_seconds() / 60 > minutes

    async def _heard(self, turn: Turn, message: Message, reading: Reading | None = None) -> Turn:
        # A text that shows no language of its own ("FD204815") is in the conversation's.
        spoken = turn.conversation.slots.get("language") or message.locale
        asked = await self._resolved(message.text, spoken, turn.conversation)
        localised = replace(message, locale=spoken, text=asked)
        reading = reading or await asyncio.to_thread(self.understand, localised)
        turn = turn.after(
            UserSaid(
                at=self.clock(), text=message.text, reading=reading, message_id=message.id,
                channel=message.input_channel or message.channel or None,
                metadata=_own_metadata(message),
            )
        )  # fmt: skip
        known = self.domain.slots.get("language")
        language = reading.language
        if known and language and turn.conversation.slots.get("language") != language:
            turn = turn.after(SlotSet(name="language", value=language))
        return turn

    async def _resolved(self, text: str, language: str | None, so_far: Conversation) -> str:
        """Return `text`, or what it asks after the question before: "And for Germany?"."""
        if not self.answering.config.follow_ups or so_far.active_loop is not None:
            return text
        before = question_before(so_far.events_after_restart())
        follow_up = resolved(text, before) if before else None
        if before is None or follow_up is None:
            return text
        new = await self._retrieve(follow_up.topic, language)
        old = await self._retrieve(before, language)
        is_other = is_another_topic(new[:1], old[:1], self.knowledge_threshold)
        return text if is_other else follow_up.resolved

    async def _extracted(self, turn: Turn, world: World) -> Turn:
        return turn.after(*await extract_slots(turn.conversation, world), *_failures(world))

    async def _performed(
        self, turn: Turn, decision: Decision, world: World, *, confidence: float | None = None
    ) -> Turn:
        """Execute one decision; failures are recorded and the conversation goes on."""
        seen = turn.conversation.after(*decision.events)
        failure: ActionFailed | None = None
        events: list[Event] = []
        try:
            events = await perform(decision.action, seen, world)
        except Rejected:
            return turn.after(
                ActionRejected(
                    name=decision.action, policy=decision.policy, confidence=decision.confidence
                )
            )
        except ActionError as error:
            _log.warning("%s", error)
            failure = ActionFailed(name=decision.action, problem=str(error))
        if not any(isinstance(event, ActionRejected) for event in events):
            turn = turn.after(*decision.events, self._ran(decision, confidence))
        turn = turn.after(*(_explained(event, decision) for event in events), *_failures(world))
        if failure is not None:
            turn = turn.after(failure)
        if any(isinstance(event, UserSaid) for event in events):
            turn = await self._extracted(turn, world)
        return turn

    def _ran(self, decision: Decision, confidence: float | None = None) -> ActionRan:
        text = is_text(decision.action, self.domain)
        return ActionRan(
            at=self.clock(),
            name=None if text else decision.action,
            action_text=decision.action if text else None,
            policy=decision.policy,
            confidence=decision.confidence if confidence is None else confidence,
            hide_rule_turn=decision.hide_rule_turn,
            metadata=decision.metadata,
        )

    def _triggered(
        self, external: ExternalIntent, conversation: Conversation, message_id: str | None
    ) -> UserSaid:
        channel = conversation.latest_input_channel
        return externally(external, at=self.clock(), message_id=message_id, channel=channel)

    def _world(self, message: Message) -> World:
        return self._world_for(message.channel, self._random(message.id))

    def _random(self, key: str) -> Random:
        return Random() if self.seed is None else Random(f"{self.seed}:{key}")  # noqa: S311 - chooses wordings

    def _world_for(self, channel: str, random: Random | None = None) -> World:
        return World(
            domain=self.domain,
            channel=self.response_channels.get(channel, channel),
            random=random or Random(self.seed),  # noqa: S311 - chooses wordings
            server=self.action_endpoint,
            nlg=self.nlg,
            retrieve=self._retrieve,
            knowledge_threshold=self.knowledge_threshold,
            answering=self.answering,
        )

    async def _retrieve(self, text: str, language: str | None) -> tuple[Hit, ...]:
        return await asyncio.to_thread(self.retrieve, text, language)


def _own_metadata(message: Message) -> dict[str, Any]:
    """Return what came with a message; a customer cannot make it look triggered by a system."""
    return {key: value for key, value in message.metadata.items() if key != IS_EXTERNAL}


def _explained(event: Event, decision: Decision) -> Event:
    """Add to a bot message why it was said; only our events carry it, not the reply."""
    if not isinstance(event, BotSaid):
        return event
    why = {
        "action": decision.action,
        "policy": decision.policy,
        "confidence": decision.confidence,
    }
    return replace(event, metadata={**event.metadata, **why})


def _failures(world: World) -> list[Event]:
    """Return, once, the problems that actions noted without stopping."""
    events: list[Event] = [ActionFailed(name=n, problem=str(p)) for n, p in world.notes.items()]
    world.notes.clear()
    return events
