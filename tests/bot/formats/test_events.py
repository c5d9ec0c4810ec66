"""Events in Rasa's JSON: a round trip, and what others write."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import events
from bot.events import Event
from bot.formats.events import IncompleteEvent, entities_from_rasa, from_rasa, to_rasa
from bot.types import Button, Entity, ExternalIntent, Intent, Reading, Reply, Source

_AT = datetime(2024, 5, 6, 7, 8, 9, 123456, UTC)
_META = {"model_id": "m1", "assistant_id": "a"}
_ENTITY = Entity(name="city", value="Rome", start=0, end=4, confidence=0.9, role="to",
                 extractor="X", processors=("Y",), extra={"additional_info": {"k": 1}})  # fmt: skip
_INTENT = Intent(name="inform", confidence=0.75)
_READING = Reading(text="Rome", intent=_INTENT, ranking=(_INTENT,), entities=(_ENTITY,),
                   language="en", response_selector={"a": {}}, text_tokens=((0, 4),))  # fmt: skip
_EVENTS: list[Event] = [
    events.UserSaid(at=_AT, text="Rome", reading=_READING, message_id="m", channel="rest"),
    events.BotSaid(
        at=_AT,
        metadata=_META,
        reply=Reply(
            text="Hi",
            buttons=(Button(title="Yes", payload="/yes"),),
            image="i.png",
            custom={"a": 1},
            sources=(Source(title="t", url="u", score=0.5),),
            metadata={"utter_action": "utter_hi"},
        ),
    ),
    events.ActionRan(at=_AT, name="utter_hi", policy="P", confidence=1.0, hide_rule_turn=True),
    events.SlotSet(at=_AT, name="city", value=["Rome"]),
    events.LoopSet(at=_AT, name="f"),
    events.LoopSet(at=_AT, name=None),
    events.LoopInterrupted(at=_AT, is_interrupted=True),
    events.ActionRejected(at=_AT, name="f", policy="P", confidence=0.5),
    events.SessionStarted(at=_AT, metadata=_META),
    events.Restarted(at=_AT),
    events.SlotsReset(at=_AT),
    events.Rewound(at=_AT),
    events.Undone(at=_AT),
    events.UserFeaturized(at=_AT, use_text=True),
    events.FollowupSet(at=_AT, name="action_x"),
    events.Paused(at=_AT),
    events.Resumed(at=_AT),
    events.ReminderSet(at=_AT, name="r", intent="wake", due_at=_AT + timedelta(hours=1)),
    events.ReminderCancelled(at=_AT),
    events.OperatorSaid(at=_AT, text="Hello", operator_id="7", operator_name="Ana"),
    events.HandoffRequested(at=_AT, reason="asked"),
    events.OperatorJoined(at=_AT, operator_id="7", operator_name="Ana"),
    events.OperatorLeft(at=_AT, operator_id="7", operator_name="Ana"),
    events.Resolved(at=_AT, by="7"),
    events.DraftDiscarded(at=_AT, texts=("a", "b")),
    events.ActionFailed(at=_AT, name="action_x", problem="500"),
    events.EntitiesFound(at=_AT, entities=(_ENTITY,)),
    events.HistoryReplaced(at=_AT),
    events.Exported(at=_AT),
]


@pytest.mark.parametrize("event", _EVENTS, ids=lambda event: event.kind)
def test_an_event_reads_back_as_it_was_written(event: Event) -> None:
    data = json.loads(json.dumps(to_rasa(event)))

    assert data["timestamp"] == _AT.timestamp()
    assert from_rasa(data) == event


def test_a_cancellation_does_not_say_what_it_cancelled_as_in_rasa() -> None:
    data = to_rasa(events.ReminderCancelled(at=_AT, name="r", intent="wake"))

    assert data == {"event": "cancel_reminder", "timestamp": _AT.timestamp()}


def test_an_external_event_has_no_confidence_as_in_rasa() -> None:
    external = ExternalIntent(name="dry", entities=entities_from_rasa({"plant": "Orchid"}))
    event = events.externally(external, at=_AT, message_id="m", channel="rest")

    data = to_rasa(event)

    assert data["text"] == "EXTERNAL: dry"
    assert data["metadata"] == data["parse_data"]["metadata"] == {"is_external": True}
    assert data["parse_data"]["intent"] == {"name": "dry"}
    assert data["parse_data"]["entities"] == [{"entity": "plant", "value": "Orchid"}]


@pytest.mark.parametrize("odd", ["Rome", 7, [1], [{"value": "no name"}]])
def test_entities_of_another_shape_are_refused(odd: Any) -> None:
    with pytest.raises(ValueError, match="entities must be"):
        entities_from_rasa(odd)


def test_every_kind_of_event_is_covered() -> None:
    assert {type(event) for event in _EVENTS} == set(Event.__args__)


def test_our_own_events_have_our_prefix() -> None:
    event = events.HandoffRequested(at=_AT, reason="asked")

    assert to_rasa(event)["event"] == "frontdesk_handoff_requested"


def test_a_bot_event_has_all_of_rasas_keys() -> None:
    reply = Reply(text="Hi", metadata={"utter_action": "utter_hi"})

    data = to_rasa(events.BotSaid(at=_AT, reply=reply, metadata=_META))

    keys = ["elements", "quick_replies", "buttons", "attachment", "image", "custom"]
    assert data["data"] == dict.fromkeys(keys)
    assert data["metadata"] == {"utter_action": "utter_hi"} | _META


def test_what_action_servers_leave_out_is_filled_in() -> None:
    slot = from_rasa({"event": "slot", "timestamp": None, "name": "a", "value": None})
    said = from_rasa({"event": "user", "text": "hi", "parse_data": None})

    assert isinstance(slot, events.SlotSet)
    assert slot.at.tzinfo is UTC
    assert isinstance(said, events.UserSaid)
    assert said.reading.intent.name is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"event": "form", "name": "f"}, events.LoopSet(at=_AT, name="f")),
        (
            {"event": "form_validation", "validate": False},
            events.LoopInterrupted(at=_AT, is_interrupted=True),
        ),
    ],
)
def test_older_names_are_understood(data: dict[str, object], expected: Event) -> None:
    assert from_rasa(data | {"timestamp": _AT.timestamp()}) == expected


@pytest.mark.parametrize(
    "data", [{"event": "nonsense"}, {}, {"event": "slot"}, {"event": "reminder"}]
)
def test_events_that_cannot_be_read_are_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="event"):
        from_rasa(data)


@pytest.mark.parametrize(
    "data",
    [
        {"event": "slot", "name": "a"},
        {"event": "slot", "name": 5, "value": 1},
        {"event": "slot", "name": "a", "value": 1, "timestamp": "5"},
        {"event": "entities"},
        {"event": "action", "name": "a", "confidence": "high"},
    ],
)
def test_an_event_that_breaks_rasas_form_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"name|value|5|entities|high") as refused:
        from_rasa(data)
    assert not isinstance(refused.value, IncompleteEvent)


@pytest.mark.parametrize(
    "data",
    [
        {"event": "user", "text": "hi"},
        {"event": "action"},
        {"event": "reminder", "intent": "greet"},
        {"event": "reminder", "intent": "greet", "date_time": "soon"},
    ],
)
def test_an_event_that_cannot_be_made_is_incomplete(data: dict[str, Any]) -> None:
    with pytest.raises(IncompleteEvent):
        from_rasa(data)


@pytest.mark.parametrize("intent", [{"name": "greet"}, {}])
def test_an_intent_without_confidence_is_given_back_as_it_came(intent: dict[str, str]) -> None:
    event = {"event": "user", "text": "hi", "parse_data": {"intent": intent, "entities": []}}

    shown = to_rasa(from_rasa(event))

    assert shown["parse_data"]["intent"] == intent
    assert shown["metadata"] == shown["parse_data"]["metadata"] == {}
    assert to_rasa(from_rasa(shown)) == shown
