"""One message in, one turn out."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import ResponseVariation, SessionConfig, SlotDefinition
from bot.engine import now
from bot.events import (
    ActionFailed,
    ActionRan,
    BotSaid,
    HandoffRequested,
    Paused,
    SessionStarted,
    SlotSet,
    UserSaid,
)
from bot.types import Entity, ExternalIntent, Intent, Message, Reading
from knowledge.types import Hit, Passage
from tests.bot.builders import Talk, booking, does, domain, message, project, rule, said, understand

RESPONSES = {"utter_greet": "Hello.", "utter_bye": "Bye.", "utter_restart": "Again."}
GREET = rule("greet", said("greet"), does("utter_greet"))
ASK = rule("ask", said("ask"), does("action_answer_from_knowledge"))
HELP = rule("help", said("help"), does("action_handoff"), does("utter_bye"))


def trigger(one: Talk, name: str, **more: Any) -> list[str | None]:
    """Return what the bot says to the external intent `name`."""
    external = ExternalIntent(name=name, **more)
    one.turn = asyncio.run(one.engine.handle_external(external, one.conversation, message_id="x"))
    one.conversation = one.turn.conversation
    return [reply.text for reply in one.turn.replies]


def talk(**more: Any) -> Talk:
    return Talk(project(domain(responses=RESPONSES), GREET, ASK, HELP), **more)


def hit(score: float) -> Hit:
    passage = Passage(id="p1", language="en", title="Price?", text="Ten.", source="https://x/faq")
    return Hit(passage=passage, score=score, rank=0, matched="Price?")


def test_a_first_message_gives_the_events_of_rasa_in_order() -> None:
    first = talk()
    assert first.say("/greet") == ["Hello."]
    kinds = [(e.kind, getattr(e, "name", None)) for e in first.conversation.events]
    assert kinds == [
        ("action", "action_session_start"), ("session_started", None), ("action", "action_listen"),
        ("user", None), ("user_featurization", None), ("action", "utter_greet"), ("bot", None),
        ("action", "action_listen"),
    ]  # fmt: skip


def test_a_bot_message_says_why() -> None:
    first = talk()
    first.say("/greet")
    event = next(e for e in first.conversation.events if isinstance(e, BotSaid))
    assert event.metadata == {
        "utter_action": "utter_greet", "action": "utter_greet", "policy": "RulePolicy",
        "confidence": 1.0,
    }  # fmt: skip


def test_a_good_passage_is_the_answer_with_its_source() -> None:
    asked = talk(retrieve=lambda text, language: (hit(0.9),))
    assert asked.say("/ask") == ["Ten."]
    event = next(e for e in asked.conversation.events if isinstance(e, BotSaid))
    assert event.reply.sources[0].url == "https://x/faq"
    assert event.metadata["passages"] == [
        {"id": "p1", "title": "Price?", "text": "Ten.", "source": "https://x/faq", "score": 0.9}
    ]


def test_a_passage_tagged_with_the_intent_comes_first() -> None:
    nearer = hit(0.5)
    meant = replace(
        nearer, score=0.45, passage=replace(nearer.passage, text="Meant.", tags=("ask",))
    )
    asked = talk(retrieve=lambda text, language: (nearer, meant))

    assert asked.say("/ask") == ["Meant."]
    event = next(e for e in asked.conversation.events if isinstance(e, BotSaid))
    assert [one["score"] for one in event.metadata["passages"]] == pytest.approx([0.6, 0.5])


@pytest.mark.parametrize(("language", "word"), [("en", "Sorry"), ("zh", "抱歉"), (None, "Sorry")])
def test_a_weak_passage_is_not_an_answer(language: str | None, word: str) -> None:
    def read(of: Message) -> Reading:
        return replace(understand(of), language=language)

    asked = talk(read=read, retrieve=lambda text, language: (hit(0.2),))
    asked.say("/ask")
    event = next(e for e in asked.conversation.events if isinstance(e, BotSaid))
    assert event.reply.text is not None
    assert event.reply.text.startswith(word)
    assert event.reply.buttons[0].payload == "/talk_to_person"
    assert event.metadata["passages"][0]["score"] == 0.2


def test_the_bot_can_word_that_it_does_not_know() -> None:
    facts = domain(responses={**RESPONSES, "utter_no_answer": "No idea."})
    assert Talk(project(facts, ASK)).say("/ask") == ["No idea."]


def test_a_handoff_ends_the_turn() -> None:
    asked = talk()
    assert asked.say("/help") == []
    *_, request, listen = asked.conversation.events
    assert isinstance(request, HandoffRequested)
    assert isinstance(listen, ActionRan)
    assert listen.name == "action_listen"


def test_the_language_slot_follows_the_reading() -> None:
    facts = domain(
        slots=(SlotDefinition(name="language", type="text", influences_conversation=False),),
        responses=RESPONSES,
    )
    spoken = Talk(project(facts, GREET), read=lambda m: replace(understand(m), language="zh"))
    spoken.say("/greet", "/greet")
    assert spoken.conversation.slots["language"] == "zh"
    assert sum(isinstance(e, SlotSet) for e in spoken.conversation.events) == 1


def test_a_paused_conversation_only_stores_the_message() -> None:
    paused = talk()
    paused.say("/greet")
    paused.conversation = paused.conversation.after(Paused())
    assert paused.say("/greet") == []
    assert isinstance(paused.conversation.events[-1], UserSaid)


def test_a_failing_action_is_recorded_and_the_turn_goes_on() -> None:
    fails = rule("greet", said("greet"), does("action_x"), does("utter_greet"))
    broken = Talk(project(domain(responses=RESPONSES, actions=("action_x",)), fails))
    assert broken.say("/greet") == ["Hello."]
    assert any(isinstance(e, ActionFailed) for e in broken.conversation.events)


def test_ten_actions_without_listening_are_enough() -> None:
    endless = (
        rule("greet", said("greet"), does("utter_greet"), waits_for_user=False),
        rule("again", does("utter_greet"), does("utter_bye"), waits_for_user=False),
        rule("and again", does("utter_bye"), does("utter_greet"), waits_for_user=False),
    )
    assert len(Talk(project(domain(responses=RESPONSES), *endless)).say("/greet")) == 10


@pytest.mark.parametrize(("carries", "city"), [(True, "Rome"), (False, None)])
def test_an_expired_session_carries_slots_over_if_wanted(carries: bool, city: str | None) -> None:
    of = booking()
    session = SessionConfig(expiration_minutes=1, carries_over_slots=carries)
    of = replace(of, domain=replace(of.domain, session=session))
    late = Talk(of)
    late.say("/greet city=Rome")
    late.engine = replace(late.engine, clock=lambda: now() + timedelta(minutes=2))
    late.say("/greet")
    assert late.conversation.slots["city"] == city
    assert sum(isinstance(e, SessionStarted) for e in late.conversation.events) == 2


def test_a_restart_says_so_and_starts_a_session() -> None:
    again = talk()
    assert again.say("/greet", "/restart") == ["Again."]
    assert again.conversation.current_session().events[0].kind == "action"
    assert again.conversation.latest_message is None


def test_while_a_person_answers_the_message_is_only_understood() -> None:
    heard = talk()
    turn = asyncio.run(heard.engine.listen_only(message("/greet"), heard.conversation))
    assert [type(event) for event in turn.events] == [UserSaid]


def test_one_action_can_be_executed() -> None:
    engine = talk()
    engine.say("/greet")
    turn = asyncio.run(engine.engine.execute_action("utter_bye", engine.conversation))
    assert [reply.text for reply in turn.replies] == ["Bye."]
    assert isinstance(turn.events[0], ActionRan)


def test_nothing_understood_without_a_fallback_response_is_silent() -> None:
    nothing = Reading(text="?", intent=Intent(name=None, confidence=0.0))
    assert talk(read=lambda m: nothing).say("?") == []


def test_an_external_intent_is_recorded_as_in_rasa_and_answered() -> None:
    one = talk()
    one.say("/ask")

    assert trigger(one, "greet", entities=(Entity(name="city", value="Rome"),)) == ["Hello."]
    message = one.conversation.latest_message
    assert message is not None
    assert (message.text, message.channel) == ("EXTERNAL: greet", "webchat")
    assert message.metadata == {"is_external": True}
    assert message.reading.entities == (Entity(name="city", value="Rome"),)


def test_an_external_intent_opens_a_session_in_a_new_conversation() -> None:
    one = talk()

    assert trigger(one, "greet") == ["Hello."]
    assert any(isinstance(event, SessionStarted) for event in one.conversation.events)
    assert one.conversation.latest_input_channel is None


def test_an_external_intent_chooses_the_responses_of_the_latest_channel() -> None:
    here = ResponseVariation(content={"text": "Here."}, channel="webchat")
    there = ResponseVariation(content={"text": "There."}, channel="sms")
    one = Talk(project(replace(domain(), responses={"utter_greet": (here, there)}), GREET))
    one.say("/greet")

    assert trigger(one, "greet") == ["Here."]
    assert trigger(one, "greet", output_channel="sms") == ["There."]


def test_a_customer_cannot_pretend_to_be_a_system() -> None:
    one = talk()
    pretended = replace(message("/greet"), metadata={"is_external": True, "page": "/"})

    turn = asyncio.run(one.engine.handle(pretended, one.conversation))

    assert turn.conversation.latest_message is not None
    assert turn.conversation.latest_message.metadata == {"page": "/"}


def test_an_external_intent_is_only_noted_while_a_person_answers() -> None:
    one = talk()
    one.say("/help")

    turn = one.engine.note_external(ExternalIntent(name="greet"), one.conversation)

    assert [event.kind for event in turn.events] == ["user"]


def test_a_failure_of_reading_ahead_waits_for_the_message() -> None:
    begun: list[tuple[str, str | None]] = []
    complaints: list[dict[str, Any]] = []

    def expect(text: str, locale: str | None) -> None:
        begun.append((text, locale))
        raise ValueError("no weights")

    async def look_ahead() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        replace(talk().engine, expect=expect).look_ahead("hi", "en")
        await loop.shutdown_default_executor()
        gc.collect()  # asyncio complains of an exception that nobody took when its future goes

    asyncio.run(look_ahead())

    assert (begun, complaints) == ([("hi", "en")], [])
