"""One taught conversation: every step is predicted, shown, and confirmed or corrected."""

from __future__ import annotations

import copy
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

from bot.actions.action import World
from bot.actions.slots import extract_slots
from bot.cli.interactive.prompts import Prompts
from bot.conversation import LISTEN, Conversation
from bot.engine import Engine
from bot.events import ActionRan, BotSaid, Event, LoopSet, SlotSet, UserSaid
from bot.formats import markup
from bot.formats.rasa_names import KNOWN_ACTIONS
from bot.project import Example
from bot.types import ConversationId, Decision, Intent, Message, Reading

CHANNEL = "terminal"
MAX_ACTIONS = 10
HELP = "Write as a customer. /undo takes the last message back, /new starts over, /quit ends."


@dataclass(slots=True)
class Lesson:
    """What was taught so far."""

    conversations: list[Conversation] = field(default_factory=list[Conversation])
    """Those that are over and have at least one message."""
    examples: list[Example] = field(default_factory=list[Example])
    new_intents: list[str] = field(default_factory=list[str])
    new_actions: list[str] = field(default_factory=list[str])
    new_responses: dict[str, str] = field(default_factory=dict[str, str])
    """Name → text."""


class Teacher:
    """Leads through conversations with an engine."""

    def __init__(self, engine: Engine, prompts: Prompts, conversation_id: str) -> None:
        """Hold the engine; `conversation_id` names the conversation."""
        self.engine, self.prompts = engine, prompts
        self.conversation_id = ConversationId(conversation_id)
        self.lesson = Lesson()
        self._before: list[tuple[Conversation, Lesson]] = []
        """The conversation and the lesson before each message, for /undo."""

    async def teach(self) -> Lesson:
        """Talk until the user quits; return what was taught."""
        self.prompts.tell((HELP, "dim"))
        conversation = await self._fresh()
        while True:
            text = self._line()
            match text:
                case "/quit":
                    self._close(conversation)
                    return self.lesson
                case "/new":
                    self._close(conversation)
                    conversation = await self._fresh()
                case "/undo":
                    conversation = self._undone(conversation)
                case "":
                    continue
                case _:
                    self._before.append((conversation, copy.deepcopy(self.lesson)))
                    conversation = await self._turn(text, conversation)

    def _line(self) -> str:
        try:
            return self.prompts.read("[bold]you[/] › ").strip()
        except (EOFError, KeyboardInterrupt):
            return "/quit"

    async def _fresh(self) -> Conversation:
        self._before.clear()
        empty = Conversation.start(self.conversation_id, self.engine.domain, channel=CHANNEL)
        return (await self.engine.start_session(empty)).conversation

    def _close(self, conversation: Conversation) -> None:
        if any(isinstance(event, UserSaid) for event in conversation.applied_events()):
            self.lesson.conversations.append(conversation)

    def _undone(self, conversation: Conversation) -> Conversation:
        if not self._before:
            self.prompts.tell(("There is nothing to take back.", "yellow"))
            return conversation
        conversation, self.lesson = self._before.pop()
        self.prompts.tell(("The last message is taken back.", "dim"))
        return conversation

    async def _turn(self, text: str, conversation: Conversation) -> Conversation:
        """Understand one message, then act until the bot listens."""
        message = Message(
            id=uuid.uuid4().hex, conversation_id=self.conversation_id, channel=CHANNEL,
            sender_id=self.conversation_id, text=text, sent_at=datetime.now(UTC),
        )  # fmt: skip
        reading = self._confirmed(await self.engine.read(message))
        conversation = conversation.after(UserSaid(text=text, reading=reading, channel=CHANNEL))
        world = World(domain=self.engine.domain, channel=CHANNEL, random=Random(0),  # noqa: S311
                      server=self.engine.action_endpoint)  # fmt: skip
        filled = await extract_slots(conversation, world)
        conversation = conversation.after(*filled)
        self._show(filled)
        for _ in range(MAX_ACTIONS):
            conversation, name = await self._act(conversation)
            if name == LISTEN:
                break
        return conversation

    def _confirmed(self, reading: Reading) -> Reading:
        """Return `reading` as the user wants it, and remember it as an example."""
        intent = reading.intent
        name = intent.name or "nothing"
        marked = markup.render(reading.text, reading.entities)
        self.prompts.tell(
            ("  understood ", "dim"), (name, "cyan"), f" ({intent.confidence:.2f})",
            f"  {marked}" if reading.entities else "",
        )  # fmt: skip
        if intent.name is None or not self.prompts.confirm("  Is that right?"):
            reading = self._corrected(reading)
        if not reading.text.startswith("/"):
            self.lesson.examples.append(
                Example(text=reading.text, intent=reading.intent.name, entities=reading.entities)
            )
        return reading

    def _corrected(self, reading: Reading) -> Reading:
        ranked = {one.name: f"{one.confidence:.2f}" for one in reading.ranking if one.name}
        others = {name: "" for name in self.engine.domain.intents if name not in ranked}
        known = [*(ranked | others).items(), *((name, "new") for name in self.lesson.new_intents)]
        name = self.prompts.choose("  Which intent is it?", known)
        if name not in dict(known):
            self.lesson.new_intents.append(name)
        chosen = Intent(name=name, confidence=1.0)
        reading = replace(reading, intent=chosen, ranking=(chosen,))
        return self._marked(reading)

    def _marked(self, reading: Reading) -> Reading:
        """Let the user mark the entities."""
        while True:
            default = markup.render(reading.text, reading.entities)
            answer = self.prompts.ask(
                "  Entities, such as \\[Rome](city)", default.replace("[", "\\[")
            ).replace("\\[", "[")
            try:
                marked = markup.parse(answer)
            except markup.MarkupError as error:
                self.prompts.tell((f"{error.problem}; {error.hint}", "yellow"))
                continue
            if marked.text == reading.text:
                return replace(reading, entities=marked.entities)
            self.prompts.tell(("The text itself must stay as it is.", "yellow"))

    async def _act(self, conversation: Conversation) -> tuple[Conversation, str]:
        """Predict, confirm and execute one action."""
        decision = self.engine.predict(conversation)
        by = f" by {decision.policy}" if decision.policy else ""
        self.prompts.tell(
            ("  next ", "dim"), (decision.action, "cyan"), f" ({decision.confidence:.2f}{by})"
        )
        if not self.prompts.confirm("  Is that right?"):
            decision = self._chosen(conversation, decision)
        if decision.action in (*self.lesson.new_actions, *self.lesson.new_responses):
            # It exists only from now on: nothing can run it before the project has it.
            text = self.lesson.new_responses.get(decision.action, "(a new action)")
            self.prompts.tell(("bot", "bold"), f" › {text}")
            return conversation.after(ActionRan(name=decision.action)), decision.action
        turn = await self.engine.execute_action(
            decision.action, conversation.after(*decision.events),
            policy=decision.policy, confidence=decision.confidence,
        )  # fmt: skip
        self._show(turn.events)
        return turn.conversation, decision.action

    def _chosen(self, conversation: Conversation, decision: Decision) -> Decision:
        scores: dict[str, float] = {}
        for prediction in self.engine.dialogue.predictions(conversation):
            for name, score in prediction.scores.items():
                scores[name] = max(score, scores.get(name, 0.0))
        ranked = {n: f"{s:.2f}" for n, s in sorted(scores.items(), key=lambda pair: -pair[1])}
        domain = self.engine.domain
        rest = (LISTEN, *domain.responses, *domain.forms, *domain.actions, *KNOWN_ACTIONS)
        others = {name: "" for name in rest if name not in ranked}
        new = (*self.lesson.new_actions, *self.lesson.new_responses)
        known = [*(ranked | others).items(), *((name, "new") for name in new)]
        name = self.prompts.choose("  What should the bot do?", known)
        if name not in dict(known):
            self._add_action(name)
        return replace(decision, action=name, policy=None, confidence=1.0)

    def _add_action(self, name: str) -> None:
        if name.startswith("utter_"):
            self.lesson.new_responses[name] = self.prompts.ask("  What does it say?", name)
        else:
            self.lesson.new_actions.append(name)

    def _show(self, events: tuple[Event, ...] | list[Event]) -> None:
        for event in events:
            match event:
                case BotSaid(reply=reply):
                    self.prompts.tell(("bot", "bold"), f" › {reply.text or reply.image or '…'}")
                    for button in reply.buttons:
                        self.prompts.tell((f"      {button.title} {button.payload}", "dim"))
                case SlotSet(name=name, value=value):
                    self.prompts.tell((f"  slot {name} = {value}", "dim"))
                case LoopSet(name=name):
                    self.prompts.tell((f"  form {name or 'ended'}", "dim"))
                case _:
                    pass
