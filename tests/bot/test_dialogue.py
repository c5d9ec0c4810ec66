"""Policies and their order."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.conversation import Conversation
from bot.dialogue.ensemble import combine
from bot.dialogue.model import DialogueModel
from bot.dialogue.policy import Prediction
from bot.dialogue.stories import training_dialogues
from bot.errors import ModelError, TrainingError
from bot.events import ActionRan, ActionRejected, FollowupSet, SlotSet, UserFeaturized, UserSaid
from bot.project import CheckpointStep, ComponentConfig, OrStep, SlotStep, UserStep
from bot.types import Entity, Intent, Message, Reading
from tests.bot.builders import (
    Talk,
    booking,
    does,
    domain,
    project,
    rule,
    said,
    story,
    text_slot,
)

FACTS = domain(
    slots=(text_slot("city"),),
    responses={"utter_greet": "Hello.", "utter_bye": "Bye.", "utter_default": "Sorry?"},
)
GREET = rule("greet", said("greet"), does("utter_greet"))
LISTENING = Conversation.of("c", [ActionRan(name="action_listen")], FACTS)


def prediction(name: str, action: str, score: float, **more: object) -> Prediction:
    priority = 4 if name == "rules" else 3
    return Prediction(policy=name, priority=priority, scores={action: score}, **more)  # type: ignore[arg-type]


def test_rules_that_contradict_each_other_are_refused() -> None:
    other = rule("greet again", said("greet"), does("utter_bye"))
    with pytest.raises(TrainingError, match=r"(?s)Contradicting rules.*'greet again'"):
        DialogueModel.train(project(FACTS, GREET, other))


def test_a_story_that_contradicts_a_rule_is_refused_and_named() -> None:
    longer = story("talkative", said("greet"), does("utter_greet"), does("utter_bye"))
    with pytest.raises(TrainingError, match=r"(?s)Contradicting.*story 'talkative'.*action_listen"):
        DialogueModel.train(project(FACTS, GREET, longer))


def test_a_rule_that_does_not_wait_lets_the_story_go_on() -> None:
    open_end = rule("greet", said("greet"), does("utter_greet"), waits_for_user=False)
    longer = story("talkative", said("greet"), does("utter_greet"), does("utter_bye"))
    assert Talk(project(FACTS, open_end, longer)).say("/greet") == ["Hello.", "Bye."]


def test_an_entity_without_a_value_sets_its_slot_in_rules() -> None:
    city = Entity(name="city", value=None)
    with_city = rule("in a city", UserStep(intent="ask", entities=(city,)), does("utter_bye"))
    plain = rule("ask", said("ask"), does("utter_greet"))
    model = DialogueModel.train(project(FACTS, with_city, plain))
    reading = Reading(
        text="", intent=Intent(name="ask", confidence=1.0),
        entities=(Entity(name="city", value="Rome"),),
    )  # fmt: skip
    heard = LISTENING.after(UserSaid(text="", reading=reading))

    assert model.decide(heard).action == "utter_greet"
    assert model.decide(heard.after(SlotSet(name="city", value="Rome"))).action == "utter_bye"


def test_an_incomplete_rule_is_refused() -> None:
    facts = booking()
    lost = rule("lost", said("inform"), does("trip_form"), does("utter_done"))
    with pytest.raises(TrainingError, match=r"(?s)Incomplete rules.*'trip_form' in rule 'lost'"):
        DialogueModel.train(project(facts.domain, *facts.stories, lost))


def test_a_rule_with_two_messages_is_refused() -> None:
    long = rule("long", said("greet"), does("utter_greet"), said("bye"), does("utter_bye"))
    with pytest.raises(TrainingError, match="'long' that contain more than 1 user message"):
        DialogueModel.train(project(FACTS, long))


def test_a_rule_condition_sees_that_a_slot_is_set() -> None:
    known = rule("known", said("bye"), does("utter_bye"),
                 conditions=(SlotStep(name="city", value="any"),))  # fmt: skip
    unknown = rule("unknown", said("bye"), does("utter_greet"),
                   conditions=(SlotStep(name="city", value=None),))  # fmt: skip
    talk = Talk(project(FACTS, known, unknown))
    assert talk.say("/bye") == ["Hello."]
    assert talk.say("/bye city=Rome") == ["Bye."]


def test_a_rule_for_the_start_matches_only_there() -> None:
    first = rule("first", said("greet"), does("utter_bye"), is_conversation_start=True)
    talk = Talk(project(FACTS, first, GREET))
    assert talk.say("/greet") == ["Bye."]
    assert talk.say("/greet") == ["Hello."]


def test_nothing_known_falls_back_and_undoes_the_turn() -> None:
    talk = Talk(project(FACTS, GREET))
    assert talk.say("/bye city=Rome") == ["Sorry?"]
    assert talk.conversation.slots["city"] is None


def test_memoization_follows_a_story_only_as_far_as_it_was_told() -> None:
    told = story("told", said("greet"), does("utter_greet"), said("bye"), does("utter_bye"))
    assert Talk(project(FACTS, told)).say("/greet", "/bye") == ["Bye."]
    assert Talk(project(FACTS, told)).say("/bye") == ["Sorry?"]


def test_augmented_memoization_forgets_what_does_not_fit() -> None:
    told = story("told", said("bye"), does("utter_bye"))
    policies = (ComponentConfig(name="AugmentedMemoizationPolicy"), "RulePolicy")
    talk = Talk(project(FACTS, told, GREET, policies=policies))
    assert talk.say("/bye", "/greet", "/bye") == ["Bye."]


def test_memoization_sees_only_max_history_states() -> None:
    told = story("told", said("greet"), does("utter_greet"), said("bye"), does("utter_bye"))
    policy = ComponentConfig(name="MemoizationPolicy", settings={"max_history": 1})
    model = DialogueModel.train(project(FACTS, told, policies=(policy,)))
    assert all(
        key.count("prev_action") <= 1 for p in model.policies for key in p.to_dict()["lookup"]
    )


def test_checkpoints_and_alternatives_multiply_stories() -> None:
    either = OrStep(alternatives=((said("greet"),), (said("bye"),)))
    start = story("start", either, does("utter_greet"), CheckpointStep(name="then"))
    end = story("end", CheckpointStep(name="then"), said("bye"), does("utter_bye"))
    loop = story("loop", CheckpointStep(name="then"), said("greet"), CheckpointStep(name="then"))
    found = training_dialogues([start, end, loop], FACTS)
    assert len(found) == 4
    assert {d.name for d in found} == {"start + end", "start + loop + end"}


def test_a_checkpoint_condition_selects_the_dialogues_that_may_pass() -> None:
    start = story(
        "start", said("greet"), SlotStep(name="city", value="A"), CheckpointStep(name="x")
    )
    wanted = CheckpointStep(name="x", conditions=(SlotStep(name="city", value="B"),))
    end = story("end", wanted, said("bye"), does("utter_bye"))
    assert training_dialogues([start, end], FACTS) == []


def test_no_user_predictions_beat_all_others() -> None:
    low = prediction("rules", "form", 0.5, is_no_user=True)
    assert combine([low, prediction("memory", "other", 1.0)], LISTENING).action == "form"


def test_end_to_end_predictions_beat_those_from_intents() -> None:
    low = prediction("rules", "text", 0.5, is_end_to_end=True)
    decision = combine([prediction("memory", "other", 1.0), low], LISTENING)
    assert decision.action == "text"
    assert any(isinstance(e, UserFeaturized) and e.use_text for e in decision.events)


def test_equal_confidence_goes_to_the_higher_priority_then_to_the_first() -> None:
    rules, memory = prediction("rules", "a", 1.0), prediction("memory", "b", 1.0)
    assert combine([memory, rules], LISTENING).policy == "rules"
    twin = prediction("memory", "c", 1.0)
    assert combine([memory, twin], LISTENING).action == "b"


def test_a_rejected_action_counts_nothing() -> None:
    after = LISTENING.after(ActionRejected(name="form"))
    predictions = [prediction("rules", "form", 1.0), prediction("memory", "other", 0.4)]
    assert combine(predictions, after).action == "other"


def test_a_follow_up_needs_no_policy() -> None:
    model = DialogueModel.train(project(FACTS, GREET))
    assert model.decide(LISTENING.after(FollowupSet(name="utter_bye"))).policy == "followup_action"


def test_a_saved_model_decides_the_same(tmp_path: Path) -> None:
    of = booking()
    model = DialogueModel.train(of)
    model.save(tmp_path)
    assert DialogueModel.load(tmp_path, of.domain) == model


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dialogue.json").write_text("{}")
    with pytest.raises(ModelError, match="train again"):
        DialogueModel.load(tmp_path, FACTS)


def test_learned_policies_without_stories_are_left_out_with_a_warning() -> None:
    model = DialogueModel.train(project(FACTS, GREET, policies=("TEDPolicy", "RulePolicy")))
    assert [policy.name for policy in model.policies] == ["RulePolicy"]
    assert model.warnings == ("no stories: learned policies have nothing to learn from",)


def test_removed_policies_are_refused_with_a_hint() -> None:
    with pytest.raises(TrainingError, match="write a rule per intent"):
        DialogueModel.train(project(FACTS, GREET, policies=("MappingPolicy",)))


def test_turns_that_only_rules_handle_are_hidden_from_stories() -> None:
    told = story("told", said("bye"), does("utter_bye"), said("bye"), does("utter_greet"))
    talk = Talk(project(FACTS, told, GREET))
    assert talk.say("/bye", "/greet", "/bye") == ["Hello."]


def test_a_rule_inside_a_form_returns_to_the_form() -> None:
    assert Talk(booking()).say("/book", "/help") == ["We book trips.", "Where?"]


def test_augmented_memoization_forgets_slots_set_before_the_remembered_turns() -> None:
    told = story("told", said("bye"), does("utter_bye"), said("help"), does("utter_greet"))
    policy = ComponentConfig(name="AugmentedMemoizationPolicy", settings={"max_history": 3})
    other = story("other", said("ask"), SlotStep(name="city", value="x", has_value=True))
    learn = rule("learn", said("inform"), does("utter_default"))
    talk = Talk(project(FACTS, told, other, learn, policies=(policy, "RulePolicy")))
    assert talk.say("/inform city=Rome", "/bye", "/help") == ["Hello."]
    assert talk.conversation.latest_action_name == "action_listen"


def test_memoization_is_as_sure_as_the_understanding_for_the_whole_turn() -> None:
    told = story("told", said("greet"), does("utter_greet"))
    policy = ComponentConfig(
        name="MemoizationPolicy", settings={"use_nlu_confidence_as_score": True}
    )

    def unsure(message: Message) -> Reading:
        return Reading(text=message.text, intent=Intent(name="greet", confidence=0.8))

    talk = Talk(project(FACTS, told, policies=(policy, "RulePolicy")), unsure)
    assert talk.say("hi") == ["Hello."]
    ran = [e.confidence for e in talk.conversation.events if isinstance(e, ActionRan) and e.policy]
    assert ran == [0.8, 0.8]


def test_a_follow_up_that_the_domain_does_not_know_is_passed_over() -> None:
    model = DialogueModel.train(project(FACTS, GREET))
    talk = Talk(project(FACTS, GREET))
    talk.say("/greet")
    unknown = talk.conversation.after(FollowupSet(name="action_nowhere"))
    assert model.decide(unknown).action != "action_nowhere"
    known = talk.conversation.after(FollowupSet(name="utter_bye"))
    assert model.decide(known).action == "utter_bye"
