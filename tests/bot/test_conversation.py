"""State follows from events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Conversation
from bot.domain import SlotDefinition
from bot.events import (
    ActionRan,
    ActionRejected,
    Event,
    FollowupSet,
    LoopInterrupted,
    LoopSet,
    Paused,
    Restarted,
    Resumed,
    Rewound,
    SessionStarted,
    SlotSet,
    SlotsReset,
    Undone,
    UserFeaturized,
    UserSaid,
)
from bot.types import Intent, Reading
from tests.bot import builders

DOMAIN = builders.domain(
    slots=(builders.text_slot("city"), SlotDefinition(name="tags", type="list"))
)


def user(intent: str = "greet") -> UserSaid:
    text = f"/{intent}"
    return UserSaid(text=text, reading=Reading(text=text, intent=Intent(name=intent, confidence=1)))


def act(name: str) -> ActionRan:
    return ActionRan(name=name)


def city(value: str | None) -> SlotSet:
    return SlotSet(name="city", value=value)


LISTEN = act("action_listen")
EVENTS: list[Event] = [
    user(), user("bye"), LISTEN, act("utter_greet"), act("trip_form"), city("Rome"), city(None),
    LoopSet(name="trip_form"), LoopSet(name=None), ActionRejected(name="trip_form"),
    LoopInterrupted(is_interrupted=True), Restarted(), SessionStarted(), SlotsReset(), Rewound(),
    Undone(), UserFeaturized(use_text=False), FollowupSet(name="utter_greet"), Paused(), Resumed(),
]  # fmt: skip


@given(st.lists(st.sampled_from(EVENTS), max_size=30), st.integers(0, 30))
def test_folding_step_by_step_equals_folding_at_once(events: list[Event], cut: int) -> None:
    whole = Conversation.of("c", events, DOMAIN)
    steps = Conversation.of("c", events[:cut], DOMAIN)
    for event in events[cut:]:
        steps = steps.after(event)
    assert steps == whole


@given(st.lists(st.sampled_from(EVENTS), max_size=30))
def test_replaying_is_idempotent(events: list[Event]) -> None:
    once = Conversation.of("c", events, DOMAIN).replayed()
    assert once.replayed() == once


def test_a_new_conversation_listens_first() -> None:
    assert Conversation.start("c", DOMAIN).followup_action == "action_listen"


def test_a_restart_forgets_everything_and_starts_a_session() -> None:
    talk = Conversation.of("c", [LISTEN, user(), city("Rome"), Restarted()], DOMAIN)
    assert talk.slots["city"] is None
    assert talk.applied_events() == ()
    assert talk.followup_action == "action_session_start"


def test_a_rewind_undoes_the_last_message_and_its_slots() -> None:
    first = [LISTEN, user(), city("Rome"), act("utter_greet")]
    talk = Conversation.of("c", [*first, LISTEN, user("bye"), city("Oslo"), Rewound()], DOMAIN)
    assert talk.slots["city"] == "Rome"
    assert talk.applied_events() == tuple(first)


def test_an_undo_drops_the_last_action() -> None:
    talk = Conversation.of("c", [LISTEN, user(), act("utter_greet"), city("X"), Undone()], DOMAIN)
    assert talk.latest_action_name == "action_listen"
    assert talk.slots["city"] is None


def test_happy_form_runs_collapse_to_the_first() -> None:
    start = [LISTEN, user("book"), act("trip_form"), LoopSet(name="trip_form")]
    again = [LISTEN, user("inform"), city("Rome"), act("trip_form")]
    talk = Conversation.of("c", [*start, *again], DOMAIN)
    assert talk.applied_events() == (*start, city_event(again))


def city_event(events: list[Event]) -> Event:
    return next(event for event in events if isinstance(event, SlotSet))


def test_a_rejected_form_run_is_kept() -> None:
    start = [LISTEN, user("book"), act("trip_form"), LoopSet(name="trip_form"), LISTEN, user()]
    events = [*start, ActionRejected(name="trip_form"), act("utter_greet"), act("trip_form")]
    assert Conversation.of("c", events, DOMAIN).applied_events() == tuple(events)


def test_rejection_and_interruption_end_when_the_form_runs() -> None:
    talk = Conversation.of("c", [LoopSet(name="trip_form")], DOMAIN)
    talk = talk.after(ActionRejected(name="trip_form"), LoopInterrupted(is_interrupted=True))
    assert talk.active_loop is not None
    assert talk.active_loop.rejected
    talk = talk.after(act("utter_greet"))
    assert talk.active_loop is not None
    assert talk.active_loop.rejected
    assert not talk.active_loop.is_interrupted
    talk = talk.after(act("trip_form"))
    assert talk.active_loop is not None
    assert not talk.active_loop.rejected


def test_a_list_slot_wraps_a_single_value() -> None:
    assert Conversation.of("c", [SlotSet(name="tags", value="a")], DOMAIN).slots["tags"] == ["a"]


def test_the_tracker_has_the_keys_of_rasa() -> None:
    talk = Conversation.of("c", [LISTEN, Restarted(), user()], DOMAIN)
    tracker = talk.tracker_dict(lambda event: {"event": event.kind, "parse_data": {"text": "x"}})
    assert list(tracker) == [
        "sender_id", "slots", "latest_message", "latest_event_time", "followup_action", "paused",
        "events", "latest_input_channel", "active_loop", "latest_action", "latest_action_name",
    ]  # fmt: skip
    assert [event["event"] for event in tracker["events"]] == ["user"]
    assert tracker["latest_message"] == {"text": "x"}


def test_the_tracker_names_a_text_that_was_said_word_by_word_as_the_latest_action() -> None:
    talk = Conversation.of("c", [ActionRan(name=None, action_text="Hey.")], DOMAIN)
    tracker = talk.tracker_dict(lambda event: {"event": event.kind})
    assert tracker["latest_action_name"] == "Hey."
    assert tracker["latest_action"] == {"action_text": "Hey."}


def test_a_follow_up_that_refused_to_run_is_not_tried_again() -> None:
    talk = Conversation.of("c", [user(), FollowupSet(name="action_x")], DOMAIN)
    assert talk.followup_action == "action_x"
    assert talk.after(ActionRejected(name="action_y")).followup_action == "action_x"
    assert talk.after(ActionRejected(name="action_x")).followup_action is None


def test_only_a_message_that_was_waited_for_is_seen_by_its_text() -> None:
    heard = Conversation.of("c", [LISTEN, user()], DOMAIN)
    assert heard.after(UserFeaturized(use_text=True)).state.use_text is True
    assert heard.after(act("utter_x"), UserFeaturized(use_text=True)).state.use_text is None


def test_a_session_begins_with_the_action_that_starts_it() -> None:
    start = [act("action_session_start"), SessionStarted(), LISTEN]
    talk = Conversation.of("c", [*start, user(), SessionStarted(), *start, user()], DOMAIN)
    assert [len(session.events) for session in talk.sessions()] == [5, 4]
    assert talk.current_session().events == talk.events[5:]
