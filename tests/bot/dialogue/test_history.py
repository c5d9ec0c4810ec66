"""A history that is continued says the same as one that is read anew."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import Conversation
from bot.dialogue.history import Histories, History
from bot.dialogue.state import RuleOnly
from bot.events import (
    ActionRan,
    ActionRejected,
    Event,
    FollowupSet,
    LoopSet,
    Restarted,
    Rewound,
    SessionStarted,
    SlotSet,
    Undone,
    UserFeaturized,
    UserSaid,
)
from bot.types import Intent, Reading
from tests.bot.builders import domain, text_slot

FACTS = domain(slots=(text_slot("city"),), responses={"utter_greet": "Hello."})
ONLY = RuleOnly(slots=frozenset(), loops=frozenset({"rule_form"}))


def said(intent: str) -> UserSaid:
    return UserSaid(text=None, reading=Reading(text="", intent=Intent(name=intent, confidence=1)))


def ran(name: str, hide: bool = False) -> ActionRan:
    return ActionRan(name=name, hide_rule_turn=hide)


forms = st.sampled_from(["trip_form", "rule_form"])
events: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from(["greet", "bye"]).map(said),
    st.builds(ran, st.sampled_from(["action_listen", "utter_greet"]), st.booleans()),
    st.builds(ran, forms, st.booleans()),
    forms.map(lambda name: LoopSet(name=name)),
    forms.map(lambda name: ActionRejected(name=name)),
    st.builds(SlotSet, name=st.just("city"), value=st.sampled_from(["Rome", None])),
    st.builds(UserFeaturized, use_text=st.booleans()),
    st.sampled_from([
        LoopSet(name=None), Undone(), Rewound(), Restarted(), SessionStarted(),
        FollowupSet(name="utter_greet"),
    ]),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(events, max_size=30), st.integers(1, 6))
def test_a_continued_history_equals_one_read_anew(given_events: list[Event], limit: int) -> None:
    histories = Histories()
    conversation = Conversation.start("c", FACTS)
    for event in given_events:
        conversation = conversation.after(event)
        continued, anew = histories.of(conversation, FACTS), History.of(conversation, FACTS)
        assert tuple(continued.events) == conversation.applied_events()
        assert continued.states() == anew.states()
        assert continued.visible_states(ONLY) == anew.visible_states(ONLY)
        assert continued.states(limit=limit) == anew.states()[-limit:]
        assert continued.visible_states(ONLY, limit) == anew.visible_states(ONLY)[-limit:]


def test_turns_that_only_rules_handle_are_not_seen_by_learned_policies() -> None:
    conversation = Conversation.of(
        "c",
        [ran("action_listen"), said("greet"), ran("utter_greet"), ran("action_listen"),
         said("bye"), ran("utter_bye", hide=True), ran("action_listen", hide=True), said("greet")],
        FACTS,
    )  # fmt: skip
    seen = History.of(conversation, FACTS).visible_states(RuleOnly())
    assert [state.get("user", {}).get("intent") for state in seen] == [
        None, "greet", "greet", "greet",
    ]  # fmt: skip
    assert "utter_bye" not in str(seen)


def test_another_conversation_under_the_same_name_is_read_anew() -> None:
    histories = Histories()
    first = Conversation.of("c", [ran("action_listen"), said("greet")], FACTS)
    other = Conversation.of("c", [ran("action_listen"), said("bye"), ran("utter_bye")], FACTS)
    histories.of(first, FACTS)
    assert histories.of(other, FACTS).states() == History.of(other, FACTS).states()
