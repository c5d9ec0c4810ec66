"""Slots, forms and the action server."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import httpx
import pytest

from bot.actions.action import Rejected, World
from bot.actions.remote import ActionServer
from bot.actions.slots import extract_slots
from bot.conversation import Conversation
from bot.domain import (
    EntityDefinition,
    FormDefinition,
    MappingCondition,
    SlotDefinition,
    SlotMapping,
)
from bot.errors import ActionError, ActionServerUnreachable
from bot.events import (
    ActionFailed,
    ActionRan,
    ActionRejected,
    BotSaid,
    Event,
    LoopSet,
    SlotSet,
    UserSaid,
)
from bot.formats.events import from_rasa, to_rasa
from bot.project import LoopStep
from bot.types import Entity, Intent, Reading
from tests.bot.builders import Talk, booking, does, domain, project, rule, said

Answer = Callable[[dict[str, Any]], httpx.Response]


def slots_from_json(data: Iterable[Mapping[str, Any]]) -> list[Event]:
    return [SlotSet(name=item["name"], value=item["value"]) for item in data]


def server(answer: Answer, **more: Any) -> ActionServer:
    def reply(request: httpx.Request) -> httpx.Response:
        content = request.content
        if request.headers.get("Content-Encoding") == "deflate":
            content = zlib.decompress(content)
        return answer(json.loads(content))

    client = httpx.AsyncClient(transport=httpx.MockTransport(reply))
    return ActionServer(
        url="http://actions/webhook", client=client, wait_seconds=0.0,
        **{"event_json": lambda e: {"event": e.kind}, "events_from_json": slots_from_json, **more},
    )  # fmt: skip


def sets(**values: Any) -> httpx.Response:
    events = [{"event": "slot", "name": name, "value": v} for name, v in values.items()]
    return httpx.Response(200, json={"events": events, "responses": []})


def run(answer: Answer, name: str = "action_x", **more: Any) -> list[Event]:
    facts = domain(responses={"utter_hi": "Hi {who}."}, raw={"version": "3.1"})
    world = World(domain=facts, channel="web", random=Random(1))
    talk = Conversation.start("c", facts)
    return asyncio.run(server(answer, **more).run(name, talk, world))


def fill(slot: SlotDefinition, *before: Event, text: str = "hi", intent: str = "inform",
         entities: tuple[Entity, ...] = (), forms: tuple[FormDefinition, ...] = (),
         others: tuple[SlotDefinition, ...] = ()) -> dict[str, Any]:  # fmt: skip
    facts = domain(slots=(slot, *others), forms=forms)
    reading = Reading(text=text, intent=Intent(name=intent, confidence=1), entities=entities)
    talk = Conversation.of("c", [*before, UserSaid(text=text, reading=reading)], facts)
    world = World(domain=facts, channel="web", random=Random(1))
    events = asyncio.run(extract_slots(talk, world))
    return {event.name: event.value for event in events if isinstance(event, SlotSet)}


def slot(*mappings: SlotMapping, **more: Any) -> SlotDefinition:
    return SlotDefinition(**{"name": "city", "type": "text", "mappings": mappings, **more})


ROME = Entity(name="city", value="Rome")
FORM = FormDefinition(name="trip_form", required_slots=("city", "home"))
IN_FORM = LoopSet(name="trip_form")


def test_the_last_entity_fills_a_slot_and_all_fill_a_list() -> None:
    found = (ROME, Entity(name="city", value="Oslo"))
    mapping = SlotMapping(type="from_entity", entity="city")
    assert fill(slot(mapping), entities=found) == {"city": "Oslo"}
    assert fill(slot(mapping, type="list"), entities=found) == {"city": ["Rome", "Oslo"]}


def test_an_entity_with_a_role_needs_a_mapping_with_that_role() -> None:
    found = (Entity(name="city", value="Rome", role="from"),)
    assert fill(slot(SlotMapping(type="from_entity", entity="city")), entities=found) == {}
    mapping = SlotMapping(type="from_entity", entity="city", role="from")
    assert fill(slot(mapping), entities=found) == {"city": "Rome"}


def test_intents_allow_and_refuse_a_mapping() -> None:
    assert fill(slot(SlotMapping(type="from_text", intents=("greet",)))) == {}
    assert fill(slot(SlotMapping(type="from_text", not_intents=("inform",)))) == {}
    assert fill(slot(SlotMapping(type="from_text", intents=("inform",)))) == {"city": "hi"}


def test_ignored_intents_of_the_form_fill_nothing_unless_the_mapping_names_them() -> None:
    form = FormDefinition(name="trip_form", required_slots=("city",), ignored_intents=("inform",))
    assert fill(slot(SlotMapping(type="from_text")), IN_FORM, forms=(form,)) == {}
    named = SlotMapping(type="from_text", intents=("inform",))
    assert fill(slot(named), IN_FORM, forms=(form,)) == {"city": "hi"}


def test_conditions_name_the_form_and_the_requested_slot() -> None:
    condition = MappingCondition(active_loop="trip_form", requested_slot="city")
    mapping = SlotMapping(type="from_text", conditions=(condition,))
    asked = SlotSet(name="requested_slot", value="city")
    assert fill(slot(mapping), forms=(FORM,)) == {}
    assert fill(slot(mapping), IN_FORM, forms=(FORM,)) == {}
    assert fill(slot(mapping), IN_FORM, asked, forms=(FORM,)) == {"city": "hi"}
    outside = SlotMapping(type="from_text", conditions=(MappingCondition(active_loop=None),))
    assert fill(slot(outside)) == {"city": "hi"}
    assert fill(slot(outside), IN_FORM, forms=(FORM,)) == {}


def test_an_entity_that_two_slots_want_fills_only_the_requested_one() -> None:
    shared = SlotMapping(type="from_entity", entity="city")
    home = slot(shared, name="home")
    asked = SlotSet(name="requested_slot", value="home")
    found = fill(slot(shared), IN_FORM, asked, entities=(ROME,), forms=(FORM,), others=(home,))
    assert found == {"home": "Rome"}


def test_a_trigger_intent_fills_only_with_the_form() -> None:
    mapping = SlotMapping(type="from_trigger_intent", value="yes", intents=("inform",))
    assert fill(slot(mapping)) == {}
    assert fill(slot(mapping), IN_FORM, forms=(FORM,)) == {"city": "yes"}


def test_the_first_mapping_that_gives_a_value_wins() -> None:
    mappings = (SlotMapping(type="from_entity", entity="city"), SlotMapping(type="from_text"))
    assert fill(slot(*mappings), entities=(ROME,)) == {"city": "Rome"}
    assert fill(slot(*mappings)) == {"city": "hi"}


def test_a_form_asks_in_order_and_ends() -> None:
    talk = Talk(booking())
    assert talk.say("/book") == ["Where?"]
    assert talk.say("/inform day=Monday") == ["Where?"]
    assert talk.say("/inform city=Rome") == ["Rome, Monday."]
    assert talk.conversation.active_loop is None


def test_a_form_keeps_what_was_filled_before() -> None:
    assert Talk(booking()).say("/book city=Rome") == ["When?"]
    assert Talk(booking()).say("/book city=Rome day=Monday") == ["Rome, Monday."]


def test_a_message_that_fills_nothing_is_rejected() -> None:
    talk = Talk(booking())
    assert talk.say("/book", "nonsense") == ["Sorry?"]
    assert any(isinstance(event, ActionRejected) for event in talk.conversation.events)
    assert talk.conversation.loop_name == "trip_form"


def test_validation_rejects_and_changes_values() -> None:
    def answer(body: dict[str, Any]) -> httpx.Response:
        slots = body["tracker"]["slots"]
        return sets(city=None if slots["city"] == "Mars" else (slots["city"] or "").title() or None)

    talk = Talk(booking(validates=True), action_endpoint=server(answer))
    assert talk.say("/book", "/inform city=Mars") == ["Where?"]
    assert talk.say("/inform city=rome") == ["When?"]
    assert talk.conversation.slots["city"] == "Rome"


def test_validation_can_end_the_form() -> None:
    talk = Talk(
        booking(validates=True), action_endpoint=server(lambda _: sets(requested_slot=None))
    )
    talk.say("/book")
    assert talk.conversation.active_loop is None


def test_validation_can_choose_the_next_slot() -> None:
    talk = Talk(
        booking(validates=True), action_endpoint=server(lambda _: sets(requested_slot="day"))
    )
    assert talk.say("/book") == ["When?"]


def slots_set_after(name: str, talk: Talk) -> list[tuple[str, Any]]:
    """Return what slots were set after action `name` ran last."""
    events = talk.conversation.events
    last = max(i for i, e in enumerate(events) if isinstance(e, ActionRan) and e.name == name)
    return [(e.name, e.value) for e in events[last:] if isinstance(e, SlotSet)]


def test_an_answer_that_the_validation_does_not_mention_is_not_set_twice() -> None:
    talk = Talk(booking(validates=True), action_endpoint=server(lambda _: sets()))
    assert talk.say("/book") == ["Where?"]
    assert talk.say("/inform city=Rome") == ["When?"]
    assert slots_set_after("trip_form", talk) == [("requested_slot", "day")]


def test_what_a_starting_form_validates_comes_before_what_it_extracts() -> None:
    mood = SlotDefinition(
        name="mood", type="text", influences_conversation=False,
        mappings=(SlotMapping(type="from_entity", entity="mood"),),
    )  # fmt: skip
    plain = booking(validates=True)
    facts = replace(
        plain.domain,
        slots={**plain.domain.slots, "mood": mood},
        entities={**plain.domain.entities, "mood": EntityDefinition(name="mood")},
    )
    talk = Talk(replace(plain, domain=facts), action_endpoint=server(lambda _: sets(city="Rome")))
    assert talk.say("/book city=rome mood=fine") == ["When?"]
    assert slots_set_after("trip_form", talk)[:2] == [("city", "Rome"), ("mood", "fine")]


def test_a_form_that_starts_with_nothing_is_validated_again_before_it_asks() -> None:
    calls: list[Any] = []

    def answer(body: dict[str, Any]) -> httpx.Response:
        calls.append(body["tracker"]["active_loop"].get("name"))
        return sets()

    assert Talk(booking(validates=True), action_endpoint=server(answer)).say("/book") == ["Where?"]
    assert calls == ["trip_form", None]


def test_the_validation_sees_the_latest_message_when_the_form_goes_on() -> None:
    texts: list[Any] = []

    def answer(body: dict[str, Any]) -> httpx.Response:
        texts.append(body["tracker"]["latest_message"].get("text"))
        follows = [{"event": "followup", "name": "utter_help"}] if len(texts) == 3 else []
        return httpx.Response(200, json={"events": follows, "responses": []})

    actions = server(answer, event_json=to_rasa, events_from_json=lambda d: map(from_rasa, d))
    talk = Talk(booking(validates=True), action_endpoint=actions)
    assert talk.say("/book", "/inform city=Rome") == ["When?", "We book trips.", "When?"]
    assert texts == ["/book", "/book", "/inform city=Rome", "/inform city=Rome"]


def test_a_form_does_not_start_when_its_validation_is_down() -> None:
    def down(body: dict[str, Any]) -> httpx.Response:
        raise httpx.ConnectError("refused")

    talk = Talk(booking(validates=True), action_endpoint=server(down))
    assert "Where?" not in talk.say("/book")
    assert talk.conversation.active_loop is None
    failed = [e for e in talk.conversation.events if isinstance(e, ActionFailed)]
    assert "did not answer" in failed[0].problem
    assert any(isinstance(e, ActionRan) and e.name == "trip_form" for e in talk.conversation.events)


def test_an_action_cannot_start_a_loop_that_does_not_exist() -> None:
    def starts(name: str) -> Callable[[dict[str, Any]], httpx.Response]:
        loop = {"event": "active_loop", "name": name}
        return lambda _: httpx.Response(200, json={"events": [loop], "responses": []})

    def read(data: Iterable[Mapping[str, Any]]) -> list[Event]:
        return [from_rasa(item) for item in data]

    facts = domain(forms=(FormDefinition(name="trip_form", required_slots=("city",)),))
    world = World(domain=facts, channel="web", random=Random(1))
    talk = Conversation.start("c", facts)

    def run_it(name: str) -> list[Event]:
        actions = server(starts(name), events_from_json=read)
        return asyncio.run(actions.run("action_x", talk, world))

    assert [e.name for e in run_it("trip_form") if isinstance(e, LoopSet)] == ["trip_form"]
    with pytest.raises(ActionError, match="nowhere_form"):
        run_it("nowhere_form")


def test_a_bot_may_ask_in_its_own_way_what_was_meant() -> None:
    asked: list[str] = []

    def answer(body: dict[str, Any]) -> httpx.Response:
        asked.append(body["next_action"])
        return httpx.Response(200, json={"events": [], "responses": [{"text": "What?"}]})

    facts = domain(
        responses={"utter_ask_rephrase": "Again?"},
        actions=("action_default_ask_affirmation", "action_default_fallback"),
    )
    unclear = rule("unclear", said("nlu_fallback"), does("action_two_stage_fallback"),
                   LoopStep(name="action_two_stage_fallback"))  # fmt: skip
    talk = Talk(project(facts, unclear), action_endpoint=server(answer))
    assert talk.say("/nlu_fallback") == ["What?"]
    assert talk.say("/out_of_scope") == ["Again?"]
    talk.say("/nlu_fallback", "/out_of_scope")
    affirmation, fallback = "action_default_ask_affirmation", "action_default_fallback"
    assert asked[:3] == [affirmation, affirmation, fallback]


def test_the_request_has_the_keys_of_the_protocol() -> None:
    seen: list[dict[str, Any]] = []
    run(lambda body: seen.append(body) or httpx.Response(200, json={}), is_compressed=True)
    assert set(seen[0]) == {"next_action", "sender_id", "tracker", "version", "domain"}
    assert seen[0]["domain"]["version"] == "3.1"


def test_a_selective_domain_goes_only_to_those_that_need_it() -> None:
    seen: list[dict[str, Any]] = []
    for name in ("action_x", "validate_x"):
        run(lambda body: seen.append(body) or httpx.Response(200, json={}), name, is_selective=True)
    assert ["domain" in body for body in seen] == [False, True]


def test_a_server_that_lacks_the_domain_gets_it() -> None:
    def answer(body: dict[str, Any]) -> httpx.Response:
        return sets(city="Rome") if "domain" in body else httpx.Response(449)

    assert len(run(answer, is_selective=True)) == 1


def test_messages_come_before_events_and_complete_named_responses() -> None:
    responses = [
        {"response": "utter_hi", "who": "Ada", "buttons": [{"title": "A", "payload": "/a"}]},
        {"text": "Plain", "image": None, "buttons": []},
        {"response": "utter_lost"},
    ]
    events = [{"event": "slot", "name": "city", "value": "Rome"}]
    found = run(lambda _: httpx.Response(200, json={"events": events, "responses": responses}))
    said = [event.reply for event in found if isinstance(event, BotSaid)]
    assert [reply.text for reply in said] == ["Hi Ada.", "Plain"]
    assert said[0].buttons[0].payload == "/a"
    assert said[0].metadata["utter_action"] == "utter_hi"
    assert isinstance(found[-1], SlotSet)


def test_400_is_a_rejection() -> None:
    with pytest.raises(Rejected):
        run(lambda _: httpx.Response(400, json={"action_name": "action_x", "error": "no"}))


def test_400_without_the_actions_name_is_a_failure() -> None:
    with pytest.raises(ActionError, match="400"):
        run(lambda _: httpx.Response(400, json={}))


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        b"[]",
        b'"text"',
        b'{"events": ["x"]}',
        b'{"events": {}}',
        b'{"responses": ["x"]}',
        b'{"responses": [null]}',
        b'{"responses": [{"text": ["a"]}]}',
        b'{"responses": [{"text": "b", "buttons": "x"}]}',
    ],
)
def test_an_answer_of_another_shape_is_a_failure_of_the_action(content: bytes) -> None:
    with pytest.raises(ActionError, match="action_x"):
        run(lambda _: httpx.Response(200, content=content))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"events": null, "responses": null}'])
def test_an_empty_answer_leads_to_nothing(content: bytes) -> None:
    assert run(lambda _: httpx.Response(200, content=content)) == []


def test_a_number_as_text_is_said_as_written() -> None:
    found = run(lambda _: httpx.Response(200, json={"responses": [{"text": 5}]}))

    assert [event.reply.text for event in found if isinstance(event, BotSaid)] == ["5"]


def test_an_answer_is_read_in_its_charset() -> None:
    content = '{"responses": [{"text": "é"}]}'.encode("latin-1")
    headers = {"Content-Type": "application/json; charset=latin-1"}

    found = run(lambda _: httpx.Response(200, content=content, headers=headers))

    assert [event.reply.text for event in found if isinstance(event, BotSaid)] == ["é"]


@pytest.mark.parametrize("status", [404, 500])
def test_other_answers_are_failures(status: int) -> None:
    with pytest.raises(ActionError, match="action_x"):
        run(lambda _: httpx.Response(status, json={}))


def test_a_refused_connection_is_tried_again() -> None:
    calls: list[int] = []

    def answer(body: dict[str, Any]) -> httpx.Response:
        calls.append(1)
        if len(calls) < 3:
            raise httpx.ConnectError("refused")
        return sets(city="Rome")

    assert len(run(answer)) == 1
    assert len(calls) == 3


def test_a_timeout_is_not_tried_again() -> None:
    calls: list[int] = []

    def answer(body: dict[str, Any]) -> httpx.Response:
        calls.append(1)
        raise httpx.ReadTimeout("slow")

    with pytest.raises(ActionServerUnreachable):
        run(answer)
    assert len(calls) == 1
