"""Glued stories."""

from __future__ import annotations

from bot.dialogue.augment import augmented
from bot.dialogue.stories import identity_of, training_dialogues
from bot.events import UserSaid
from tests.bot.builders import does, domain, said, story

FACTS = domain(responses={"utter_greet": "Hello.", "utter_bye": "Bye."})
STORIES = training_dialogues(
    [
        story("greet", said("greet"), does("utter_greet")),
        story("bye", said("bye"), does("utter_bye")),
        story("ask", said("ask"), does("utter_greet"), said("bye"), does("utter_bye")),
    ],
    FACTS,
)


def test_three_stories_give_all_rows_of_two_to_four_as_in_rasa() -> None:
    found = augmented(STORIES[:2], 50)
    assert len(found) == 2**2 + 2**3 + 2**4


def test_equal_combinations_count_once() -> None:
    names = [identity_of(dialogue.events) for dialogue in augmented(STORIES, 50)]
    assert len(names) == len(set(names))


def test_there_are_at_most_ten_times_as_many_as_the_factor() -> None:
    assert len(augmented(STORIES, 2)) == 18
    assert len(augmented(STORIES, 1)) == 9


def test_no_augmentation_gives_none() -> None:
    assert augmented(STORIES, 0) == []


def test_the_choice_is_the_same_every_time() -> None:
    assert augmented(STORIES, 2) == augmented(STORIES, 2)


def test_a_glued_story_waits_once_between_its_parts() -> None:
    glued = augmented(STORIES, 50)[0]
    names = ["user" if isinstance(e, UserSaid) else getattr(e, "name", "") for e in glued.events]
    assert names == [
        "action_listen", "user", "utter_greet",
        "action_listen", "user", "utter_greet", "action_listen",
    ]  # fmt: skip
