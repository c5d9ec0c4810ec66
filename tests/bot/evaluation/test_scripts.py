"""Test stories become scripts: alternatives multiplied, checkpoints joined, in Rasa's order."""

from __future__ import annotations

from bot.evaluation.scripts import Script, scripts
from bot.project import CheckpointStep, OrStep, Place, SlotStep, Step, Story, UserStep
from bot.types import Entity
from tests.bot.builders import does, domain, said, text_slot


def _story(name: str, *steps: Step) -> Story:
    place = Place(path="tests/test_stories.yml", line=1)
    return Story(name=name, steps=steps, kind="test", place=place)


def _scripts(*stories: Story) -> list[Script]:
    facts = domain(slots=(text_slot("city"),))
    return list(scripts(stories, facts))


def test_alternatives_give_a_script_each() -> None:
    either = OrStep(alternatives=((said("greet"),), (said("bye"),)))

    found = _scripts(_story("both", either, does("utter_greet")))

    assert [script.steps[0] for script in found] == [said("greet"), said("bye")]


def test_checkpoints_join_stories_under_both_names() -> None:
    checkpoint = CheckpointStep(name="middle")

    found = _scripts(
        _story("first", said("greet"), does("utter_greet"), checkpoint),
        _story("second", checkpoint, said("bye"), does("utter_bye")),
    )

    assert [script.title for script in found] == ["first > second (tests/test_stories.yml)"]
    assert len(found[0].steps) == 4


def test_a_cycle_of_checkpoints_ends() -> None:
    checkpoint = CheckpointStep(name="again")

    found = _scripts(
        _story("start", said("greet"), checkpoint),
        _story("loop", checkpoint, said("help"), checkpoint),
    )

    assert [script.name for script in found] == ["start > loop"]


def test_the_tenth_story_comes_first_as_in_rasas_reports() -> None:
    stories = [_story(f"s{n}", *[said("greet")] * n, does("utter_greet")) for n in range(1, 13)]

    names = [script.name for script in _scripts(*stories)]

    assert names == ["s10", "s11", "s12", *(f"s{n}" for n in range(1, 10))]


def test_a_story_that_says_the_same_as_an_earlier_one_is_left_out() -> None:
    found = _scripts(_story("a", said("bye")), _story("b", said("bye")))

    assert [script.name for script in found] == ["a"]


def test_entities_fill_slots_as_in_training() -> None:
    step = UserStep(intent="inform", entities=(Entity(name="city", value="Rome"),))

    [script] = _scripts(_story("filled", step))

    assert script.steps[1] == SlotStep(name="city", value="Rome")


def test_a_slot_that_is_only_named_gets_the_value_that_rasa_gives_it() -> None:
    [script] = _scripts(_story("named", SlotStep(name="city", has_value=False), said("greet")))

    assert script.steps[0] == SlotStep(name="city", value="filled")
