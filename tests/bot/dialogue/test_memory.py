"""Forgetting skips only what cannot match."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import Conversation
from bot.dialogue.examples import key_of
from bot.dialogue.history import History
from bot.dialogue.memory import MemoizationPolicy
from bot.dialogue.state import RuleOnly, with_user_input
from bot.dialogue.stories import training_dialogues
from bot.events import ActionRan, Event, SlotSet, UserFeaturized, UserSaid
from bot.project import SlotStep
from bot.types import Intent, Reading
from tests.bot.builders import does, domain, said, story, text_slot

FACTS = domain(slots=(text_slot("city"),))
STORIES = training_dialogues(
    [
        story("book", said("greet"), does("utter_greet"), said("book"), does("utter_where"),
              said("inform"), SlotStep(name="city", value="Rome"), does("utter_booked")),
        story("book with a city", SlotStep(name="city", value="Rome"), said("book"),
              does("utter_booked"), said("bye"), does("utter_bye")),
        story("bye", said("bye"), does("utter_bye")),
    ],
    FACTS,
)  # fmt: skip


def heard(intent: str) -> list[Event]:
    reading = Reading(text=intent, intent=Intent(name=intent, confidence=1.0))
    return [ActionRan(name="action_listen"), UserSaid(text=intent, reading=reading),
            UserFeaturized(use_text=False)]  # fmt: skip


actions = st.sampled_from(["utter_greet", "utter_where", "utter_booked", "utter_bye"])
parts: st.SearchStrategy[list[Event]] = st.one_of(
    st.sampled_from(["greet", "book", "inform", "bye"]).map(heard),
    st.builds(lambda name, hide: [ActionRan(name=name, hide_rule_turn=hide)], actions,
              st.booleans()),
    st.just([SlotSet(name="city", value="Rome")]),
    st.just([ActionRan(name="action_unlikely_intent")]),
)  # fmt: skip


def exhaustive(policy: MemoizationPolicy, conversation: Conversation) -> str | None:
    """Look up every shorter history, as the policy is described."""
    events = conversation.applied_events()
    starts = [i for i, event in enumerate(events) if isinstance(event, ActionRan)]
    if policy.max_history:
        starts = starts[-policy.max_history :]
    for start in (0, *starts):
        shorter = History.of(replace(conversation, events=events[start:]), FACTS)
        states = with_user_input(shorter.visible_states(RuleOnly()), use_text=False)
        recent = states[-policy.max_history :] if policy.max_history else states
        if (action := policy.lookup.get(key_of(recent))) is not None:
            return action
    return None


@settings(max_examples=300, deadline=None)
@given(st.lists(parts, max_size=12), st.sampled_from([None, 2, 4]))
def test_it_recalls_what_looking_up_every_shorter_history_recalls(
    given_parts: list[list[Event]], max_history: int | None
) -> None:
    untrained = MemoizationPolicy.of("AugmentedMemoizationPolicy", {"max_history": max_history})
    policy = untrained.train(STORIES, FACTS, RuleOnly())
    conversation = Conversation.of("c", [event for part in given_parts for event in part], FACTS)
    wanted = exhaustive(policy, conversation)
    scores = policy.predict(History.of(conversation, FACTS)).scores
    if wanted is None and "action_unlikely_intent" in str(conversation.events):
        return  # Then histories without the marker count too.
    assert list(scores) == ([] if wanted is None else [wanted])
