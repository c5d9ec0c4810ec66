"""Files that are migrated, split or added to keep their comments and their indentation."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.cli.split import cut
from bot.errors import BotError, ConfigErrors
from bot.formats.additions import add_examples, add_names
from bot.formats.domain_migration import migrate
from bot.formats.split import split_story_file, story_files
from bot.project import Example

OLD_DOMAIN = """\
version: "2.0"
entities:
  - city
  - dish
slots:
  city:  # where to
    type: text
  dish:
    type: unfeaturized
    auto_fill: false
  note:
    type: text
forms:
  trip_form:
    ignored_intents: [chitchat]
    required_slots:
      city:
        - type: from_entity
          entity: city
      note:
        - type: from_text
  other_form:
    city:
      - type: from_entity
        entity: city
"""


def test_a_domain_of_rasa_2_gets_slot_mappings(tmp_path: Path) -> None:
    path = tmp_path / "domain.yml"
    path.write_text(OLD_DOMAIN)

    assert migrate(path) == [path]

    text = path.read_text()
    assert "  city:  # where to\n" in text
    found = YAML(typ="safe").load(text)
    assert found["version"] == "3.1"
    assert found["slots"]["city"]["mappings"] == [
        {
            "type": "from_entity", "entity": "city",
            "conditions": [{"active_loop": "trip_form"}, {"active_loop": "other_form"}],
        },
        {"type": "from_entity", "entity": "city"},
    ]  # fmt: skip
    assert found["slots"]["dish"] == {
        "type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}],
    }  # fmt: skip
    assert found["slots"]["note"]["mappings"][0]["conditions"] == [
        {"active_loop": "trip_form", "requested_slot": "note"}
    ]
    assert found["forms"] == {
        "trip_form": {"ignored_intents": ["chitchat"], "required_slots": ["city", "note"]},
        "other_form": {"required_slots": ["city"]},
    }
    assert (tmp_path / "original_domain.yml").read_text() == OLD_DOMAIN


def test_a_domain_of_rasa_3_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "domain.yml"
    path.write_text(OLD_DOMAIN)
    migrate(path, tmp_path / "new.yml")

    with pytest.raises(BotError, match="nothing was written"):
        migrate(tmp_path / "new.yml")


def test_the_only_copy_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "domain.yml"
    path.write_text(OLD_DOMAIN)
    (tmp_path / "original_domain.yml").write_text("precious: true\n")

    with pytest.raises(BotError, match="only copy"):
        migrate(path)

    assert path.read_text() == OLD_DOMAIN


def test_a_broken_domain_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "domain.yml"
    path.write_text("slots:\n  a: [\n")

    with pytest.raises(ConfigErrors) as caught:
        migrate(path)

    assert f"{path}:" in str(caught.value.exceptions[0])


STORIES = """\
version: "3.1"
# Bits of talk.
stories:
  - story: one  # first
    steps:
      - intent: greet
      - action: utter_greet
  - story: two
    steps:
      - intent: bye
      - action: utter_bye
rules:
  - rule: r
    steps: [{intent: help}, {action: utter_help}]
"""


def test_stories_are_split_with_their_comments(tmp_path: Path) -> None:
    path = tmp_path / "talk.yml"
    path.write_text(STORIES)

    assert list(story_files(tmp_path)) == [path]
    assert split_story_file(path, tmp_path / "out", lambda rows: (rows[:1], rows[1:])) == (1, 1)

    learnt = (tmp_path / "out/train_talk.yml").read_text()
    assert "# Bits of talk." in learnt
    assert "  - story: one  # first\n    steps:\n      - intent: greet\n" in learnt
    assert "rule: r" in learnt
    tested = YAML(typ="safe").load((tmp_path / "out/test_talk.yml").read_text())
    assert [story["story"] for story in tested["stories"]] == ["two"]
    assert "rules" not in tested


@pytest.mark.parametrize(("count", "kept"), [(1, 1), (2, 1), (10, 8), (3, 2)])
def test_both_parts_get_something_where_there_is_enough(count: int, kept: int) -> None:
    import random

    learnt, tested = cut(range(count), 0.8, random.Random(1))

    assert len(learnt) == kept
    assert sorted([*learnt, *tested]) == list(range(count))


def test_an_example_is_added_once_and_below_its_intent(tmp_path: Path) -> None:
    path = tmp_path / "nlu.yml"
    path.write_text(
        "nlu:\n  - intent: greet  # short\n    examples: |\n      - hello\n  - intent: bye\n"
        "    examples:\n      - text: goodbye\n"
    )
    examples = [
        Example(text=text, intent=intent)
        for text, intent in (("hello", "greet"), ("hi", "greet"), ("see you", "bye"))
    ]

    assert add_examples(path, examples) == 2

    assert path.read_text() == (
        "nlu:\n  - intent: greet  # short\n    examples: |\n      - hello\n      - hi\n"
        "  - intent: bye\n    examples:\n      - text: goodbye\n      - text: see you\n"
    )


def test_names_are_added_to_a_list_that_is_there_or_not(tmp_path: Path) -> None:
    path = tmp_path / "domain.yml"
    path.write_text("intents: [greet, {faq: {use_entities: []}}]  # all\n")

    add_names(path, "intents", ["faq", "bye"])
    add_names(path, "actions", ["action_pay"])

    assert path.read_text() == (
        "intents: [greet, {faq: {use_entities: []}}, bye] # all\nactions:\n- action_pay\n"
    )
