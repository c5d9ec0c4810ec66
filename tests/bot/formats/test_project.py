"""A small project with every kind of entry, read as a whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.config import FaqConfig
from bot.domain import BUILTIN_INTENTS, MappingCondition
from bot.errors import ConfigErrors
from bot.formats.project import load_project, read_project
from bot.project import (
    ActionStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    Place,
    Project,
    SlotStep,
    UserStep,
)

FULL = Path(__file__).parents[2] / "projects" / "full"


@pytest.fixture(scope="module")
def project() -> Project:
    """Return the project."""
    return load_project(FULL)


def test_the_settings_hold_rasas_keys_and_ours(project: Project) -> None:
    settings = project.settings

    assert (settings.assistant_id, settings.language) == ("full_shop", "en")
    assert [item.name for item in settings.policies] == ["MemoizationPolicy", "RulePolicy"]
    assert settings.policies[0].settings == {"max_history": 3}
    assert settings.policies[0].place == Place(path="config.yml", line=5, column=11)
    assert settings.pipeline, "an empty pipeline is filled automatically"
    assert settings.knowledge_sources == (FaqConfig(type="faq", path="knowledge/faq.yml"),)
    assert (settings.knowledge_threshold, settings.store_url) == (0.6, "sqlite:///shop.db")


def test_intents_keep_their_entity_filters(project: Project) -> None:
    intents = project.domain.intents

    assert list(intents) == ["greet", "order", "faq", "thanks"]
    assert (intents["greet"].used_entities, intents["thanks"].used_entities) == (None, ())
    assert intents["order"].used_entities == ("item",)
    assert intents["order"].ignored_entities == ("colour",)
    assert [name for name, intent in intents.items() if intent.is_retrieval] == ["faq"]
    assert not set(intents) & set(BUILTIN_INTENTS)


def test_entities_keep_roles_and_groups(project: Project) -> None:
    item, colour = project.domain.entities.values()

    assert (item.roles, item.groups) == (("wanted", "returned"), ("1",))
    assert not colour.influences_conversation


def test_slots_keep_their_mappings_and_automatic_ones_are_added(project: Project) -> None:
    slots = project.domain.slots

    assert list(slots) == ["item", "size", "price", "requested_slot", "session_started_metadata"]
    assert slots["item"].mappings[0].conditions == (
        MappingCondition(active_loop="order_form", requested_slot="item"),
        MappingCondition(active_loop=None),
    )
    assert (slots["size"].values, slots["size"].initial_value) == (("small", "large"), "small")
    assert (slots["price"].min_value, slots["price"].max_value) == (1.0, 9.0)
    assert slots["price"].mappings[0].action == "action_price"


def test_responses_come_from_the_domain_and_the_training_data(project: Project) -> None:
    responses = project.domain.responses

    assert list(responses) == ["utter_greet", "utter_faq/price", "utter_ask_item", "utter_thanks"]
    first = responses["utter_greet"][0]
    assert (first.channel, first.id, first.conditions) == ("rest", "short", (("size", "large"),))
    assert first.content == {"text": "Hello!"}
    assert list(project.understanding.responses) == ["utter_thanks"]


def test_forms_actions_and_the_session_are_read(project: Project) -> None:
    domain = project.domain

    assert domain.forms["order_form"].required_slots == ("item",)
    assert domain.forms["order_form"].ignored_intents == ("faq",)
    assert domain.actions == ("action_price", "action_note")
    assert domain.actions_with_domain == {"action_note"}
    assert (domain.session.expiration_minutes, domain.session.carries_over_slots) == (30, False)
    assert domain.raw["session_config"]["session_expiration_time"] == 30


def test_examples_have_entities_and_places(project: Project) -> None:
    example = project.understanding.examples[2]

    assert (example.text, example.intent) == ("👋 I want a lamp", "order")
    assert example.place == Place(path="training_data/nlu/nlu.yml", line=9, column=9)
    [entity] = example.entities
    assert (entity.name, entity.value, entity.start, entity.end) == ("item", "lamp_2", 11, 15)
    assert project.understanding.examples[-1].intent == "faq/price"


def test_synonyms_regexes_and_lookups_are_read(project: Project) -> None:
    understanding = project.understanding

    assert understanding.synonyms == {"lamp": "lamp_2", "scarlet": "Red", "rosso": "Red"}
    assert understanding.regexes == (("zip", r"\d{5}"),)
    assert understanding.lookups == {"item": ("lamp", "sofa")}


def test_rules_keep_conditions_and_flags(project: Project) -> None:
    welcome, submit, _ = (story for story in project.stories if story.kind == "rule")

    assert welcome.is_conversation_start
    assert welcome.waits_for_user
    assert not submit.waits_for_user
    loop, size, item = submit.conditions
    assert isinstance(loop, LoopStep)
    assert loop.name == "order_form"
    assert isinstance(size, SlotStep)
    assert (size.name, size.value, size.has_value) == ("size", "large", True)
    assert isinstance(item, SlotStep)
    assert not item.has_value
    assert isinstance(submit.steps[1], LoopStep)
    assert submit.steps[1].name is None


def test_stories_keep_every_kind_of_step(project: Project) -> None:
    order, thanks, end_to_end = (story for story in project.stories if story.kind == "story")

    kinds = [type(step) for step in order.steps]
    assert kinds == [UserStep, ActionStep, LoopStep, CheckpointStep]
    assert isinstance(order.steps[0], UserStep)
    assert [(item.name, item.value, item.role) for item in order.steps[0].entities] == [
        ("item", "lamp", "wanted"),
        ("colour", None, None),
    ]
    assert isinstance(thanks.steps[0], CheckpointStep)
    assert [step.name for step in thanks.steps[0].conditions] == ["item"]
    assert isinstance(thanks.steps[3], OrStep)
    assert [len(item) for item in thanks.steps[3].alternatives] == [1, 2]
    first, said, second, _ = end_to_end.steps
    assert isinstance(first, UserStep)
    assert (first.intent, first.text) == (None, "bring the sofa")
    assert isinstance(said, ActionStep)
    assert (said.name, said.text) == (None, "Which one?")
    assert isinstance(second, UserStep)
    assert (second.intent, second.text) == ("order", "the red one")


def test_test_stories_are_kept_apart_and_keep_full_retrieval_intents(project: Project) -> None:
    [story] = project.test_stories

    assert story.kind == "test"
    assert isinstance(story.steps[0], UserStep)
    assert story.steps[0].intent == "faq/price"


def test_endpoints_and_channels_are_read(project: Project) -> None:
    endpoint = project.endpoints["action_endpoint"]

    assert endpoint.url == "http://localhost:5055/webhook"
    assert endpoint.settings == {"token": "secret"}
    assert project.credentials == {"rest": {}, "telegram": {"access_token": "abc"}}


def test_the_project_is_free_of_warnings(project: Project) -> None:
    assert project.warnings == ()


def test_the_fingerprint_follows_training_files_only(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FULL, tmp_path / "p"))
    first = load_project(folder).fingerprint

    (folder / "credentials.yml").write_text("rest:\n")
    same = load_project(folder).fingerprint
    (folder / "training_data/nlu/items.txt").write_text("lamp\n")
    other = load_project(folder).fingerprint

    assert first == same == load_project(FULL).fingerprint
    assert other != first


def test_rasas_layout_with_a_folder_for_the_domain_is_found(tmp_path: Path) -> None:
    files = {
        "config.yml": "assistant_id: x\nlanguage: zh\n",
        "domain/a/one.yml": "intents: [greet]\nsession_config: {session_expiration_time: 5}\n",
        "domain/two.yml": "intents: [greet, bye]\nresponses: {utter_a: [{text: a}]}\n",
        "domain/notes.txt": "not yaml: [",
        "data/all.yml": "nlu:\n- intent: greet\n  examples: |\n    - 你好\n"
        "rules:\n- rule: r\n  steps:\n  - intent: greet\n  - action: utter_a\n",
        "data/test_a.yml": "stories: []\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    project = load_project(tmp_path)

    assert set(project.domain.intents) == {"greet", "bye"}
    assert project.domain.session.expiration_minutes == 5
    assert "requested_slot" not in project.domain.slots
    assert project.settings.pipeline[0].name == "JiebaTokenizer"
    assert [story.name for story in project.stories] == ["r"]
    assert any("`greet` is defined twice" in line for line in project.warnings)


def test_one_file_may_hold_everything(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("assistant_id: x\nlanguage: en\n")
    (tmp_path / "all.yml").write_text(
        "intents: [greet]\nresponses: {utter_a: [{text: a}]}\n"
        "nlu:\n- intent: greet\n  examples: |\n    - hi\n"
        "rules:\n- rule: r\n  steps:\n  - intent: greet\n  - action: utter_a\n"
    )

    project = load_project(tmp_path, domain="all.yml", data="all.yml")

    assert len(project.understanding.examples) == len(project.stories) == 1
    assert project.warnings == ()


def test_an_unset_secret_does_not_stop_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_SECRET", raising=False)
    folder = Path(shutil.copytree(FULL, tmp_path / "p"))
    (folder / "credentials.yml").write_text("telegram:\n  access_token: ${SHOP_SECRET}\n")

    with pytest.raises(ConfigErrors) as caught:
        load_project(folder)
    assert str(caught.value).startswith("credentials.yml:2:17: ")
    trained = load_project(folder, is_training=True)

    assert any("SHOP_SECRET" in line for line in trained.warnings)


def test_a_folder_without_configuration_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        load_project(tmp_path)

    assert "config.yml:1:1: the file does not exist" in str(caught.value)


def test_training_passes_over_mistakes_of_endpoints_and_channels(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("assistant_id: a\nlanguage: en\n")
    (tmp_path / "domain.yml").write_text("responses:\n  utter_default: [{text: Hello}]\n")
    (tmp_path / "endpoints.yml").write_text("action_endpoint:\n  ulr: x\n")
    (tmp_path / "credentials.yml").write_text("rest: [\n")

    served = read_project(tmp_path)[1].errors
    trained, report = read_project(tmp_path, is_training=True)

    assert [f"{error.path}:{error.line}" for error in served] == [
        "credentials.yml:2",
        "endpoints.yml:2",
    ]
    assert report.errors == []
    assert set(map(str, served)) <= set(trained.warnings)
