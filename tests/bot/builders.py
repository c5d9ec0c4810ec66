"""Small projects, messages and servers for tests."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.conversation import Conversation
from bot.dialogue.model import DialogueModel
from bot.domain import (
    Domain,
    EntityDefinition,
    FormDefinition,
    IntentDefinition,
    ResponseVariation,
    SlotDefinition,
    SlotMapping,
)
from bot.engine import Engine, Turn
from bot.project import (
    ActionStep,
    ComponentConfig,
    LoopStep,
    Project,
    Settings,
    Step,
    Story,
    Understanding,
    UserStep,
)
from bot.types import ConversationId, Entity, Intent, Message, Reading


def said(intent: str) -> UserStep:
    return UserStep(intent=intent)


def does(action: str) -> ActionStep:
    return ActionStep(name=action)


def story(name: str, *steps: Step) -> Story:
    return Story(name=name, steps=steps)


def rule(name: str, *steps: Step, **more: Any) -> Story:
    return Story(name=name, steps=steps, kind="rule", **more)


def text_slot(name: str, **more: Any) -> SlotDefinition:
    mapping = SlotMapping(type="from_entity", entity=name)
    return SlotDefinition(**{"name": name, "type": "text", "mappings": (mapping,), **more})


def domain(
    *, slots: tuple[SlotDefinition, ...] = (), responses: Mapping[str, str] | None = None,
    forms: tuple[FormDefinition, ...] = (), **more: Any,
) -> Domain:  # fmt: skip
    requested = SlotDefinition(name="requested_slot", type="text", influences_conversation=False)
    all_slots = {slot.name: slot for slot in (*slots, requested)}
    intents = ("greet", "bye", "inform", "book", "help", "ask")
    return Domain(
        intents={name: IntentDefinition(name=name) for name in intents},
        entities={slot.name: EntityDefinition(name=slot.name) for slot in slots},
        slots=all_slots,
        responses={
            name: (ResponseVariation(content={"text": text}),)
            for name, text in (responses or {}).items()
        },
        forms={form.name: form for form in forms},
        **more,
    )


POLICIES = ("MemoizationPolicy", "RulePolicy")


def project(
    facts: Domain, *stories: Story, policies: tuple[ComponentConfig | str, ...] = POLICIES
) -> Project:
    configs = tuple(ComponentConfig(name=p) if isinstance(p, str) else p for p in policies)
    return Project(
        folder=Path("."), settings=Settings(policies=configs), domain=facts,
        understanding=Understanding(), stories=stories,
    )  # fmt: skip


def booking(*, validates: bool = False) -> Project:
    """A form with two slots, an FAQ rule and a submit rule."""
    mapping = SlotMapping(type="from_entity", entity="city")
    facts = domain(
        slots=(
            text_slot("city", influences_conversation=False, mappings=(mapping,)),
            text_slot("day", influences_conversation=False),
        ),
        responses={
            "utter_greet": "Hello.", "utter_help": "We book trips.", "utter_done": "{city}, {day}.",
            "utter_ask_city": "Where?", "utter_ask_day": "When?", "utter_default": "Sorry?",
        },
        forms=(FormDefinition(name="trip_form", required_slots=("city", "day")),),
        actions=("validate_trip_form",) if validates else (),
    )  # fmt: skip
    return project(
        facts,
        rule("greet", said("greet"), does("utter_greet")),
        rule("help", said("help"), does("utter_help")),
        rule("start", said("book"), does("trip_form"), LoopStep(name="trip_form")),
        rule(
            "submit", does("trip_form"), LoopStep(name=None), does("utter_done"),
            conditions=(LoopStep(name="trip_form"),),
        ),
    )  # fmt: skip


def understand(message: Message) -> Reading:
    """Read `/intent city=Rome` messages; others have no intent."""
    found = re.fullmatch(r"/(\w+)(.*)", message.text)
    if not found:
        return Reading(text=message.text, intent=Intent(name=None, confidence=0.0), language="en")
    intent = Intent(name=found[1], confidence=1.0)
    entities = tuple(Entity(name=k, value=v) for k, v in re.findall(r"(\w+)=(\w+)", found[2]))
    return Reading(text=message.text, intent=intent, ranking=(intent,), entities=entities)


def message(text: str, number: int = 1) -> Message:
    return Message(
        id=f"m{number}", conversation_id=ConversationId("c"), channel="webchat", sender_id="c",
        text=text, sent_at=datetime(2024, 1, 1, tzinfo=UTC),
    )  # fmt: skip


class Talk:
    """A conversation with an engine."""

    def __init__(self, of: Project, read: Callable[[Message], Reading] = understand, **more: Any):
        self.engine = Engine(
            domain=of.domain, understand=read, dialogue=DialogueModel.train(of), seed=1, **more
        )
        self.conversation = Conversation.start("c", of.domain, channel="webchat")
        self.turn: Turn | None = None

    def say(self, *texts: str) -> list[str | None]:
        """Send `texts` and return what the bot says to the last."""
        for text in texts:
            self.turn = asyncio.run(self.engine.handle(message(text), self.conversation))
            self.conversation = self.turn.conversation
        assert self.turn is not None
        return [reply.text for reply in self.turn.replies]
