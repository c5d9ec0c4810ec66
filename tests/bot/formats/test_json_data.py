"""Training data that is no YAML: JSON is trained, Markdown is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.formats.project import load_project, read_project

_FILES = {
    "config.yml": "assistant_id: shop\nlanguage: en\npolicies:\n- name: RulePolicy\n",
    "domain.yml": "intents: [greet, order]\nentities: [item]\nresponses:\n"
    "  utter_greet: [{text: Hello}]\n",
    "data/rules.yml": "rules:\n"
    "- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_greet\n"
    "- rule: order\n  steps:\n  - intent: order\n  - action: utter_greet\n",
    "data/nlu.yml": "nlu:\n- intent: greet\n  examples: |\n    - hello\n",
}
_TEA = {"start": 6, "end": 9, "value": "green tea", "entity": "item"}
_JSON = {
    "rasa_nlu_data": {
        "common_examples": [{"text": "order tea", "intent": "order", "entities": [_TEA]}],
        "regex_features": [{"name": "item", "pattern": "t[ae]+"}],
        "lookup_tables": [{"name": "item", "elements": ["milk"]}],
    }
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in _FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_json_is_training_data_beside_yaml(folder: Path) -> None:
    before = load_project(folder).fingerprint
    (folder / "data" / "more.json").write_text(json.dumps(_JSON))

    project = load_project(folder)

    found = project.understanding
    assert [(e.text, e.intent) for e in found.examples] == [
        ("hello", "greet"),
        ("order tea", "order"),
    ]
    assert found.synonyms == {"tea": "green tea"}
    assert found.regexes == (("item", "t[ae]+"),)
    assert found.lookups == {"item": ("milk",)}
    assert project.warnings == ()
    assert project.fingerprint != before


def test_a_mistake_in_json_has_its_place(folder: Path) -> None:
    text = '{"rasa_nlu_data": {"common_examples": [\n{"intent": "order"}]}}'
    (folder / "data" / "more.json").write_text(text)

    _, report = read_project(folder)

    assert [str(error).split(": ")[0] for error in report.errors] == ["data/more.json:2:1"]


@pytest.mark.parametrize("text", ['{"a": 1}', "[1]", "5"])
def test_other_json_is_passed_over(folder: Path, text: str) -> None:
    (folder / "data" / "more.json").write_text(text)

    _, report = read_project(folder)

    assert report.errors == []
    assert [line for line in report.warnings if "more.json" in line] == []


def test_malformed_json_is_a_warning(folder: Path) -> None:
    (folder / "data" / "more.json").write_text("{")

    _, report = read_project(folder)

    assert report.errors == []
    assert any(line.startswith("data/more.json:1:2: malformed JSON") for line in report.warnings)


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("## intent:greet\n- yo\n", True),
        ("## order\n* order\n - action_note\n", True),
        ("# Notes\n\n* a list\n* of things\n", False),
    ],
)
def test_markdown_of_rasa_2_is_told(folder: Path, text: str, is_told: bool) -> None:
    (folder / "data" / "old.md").write_text(text)

    _, report = read_project(folder)

    told = "data/old.md:1:1: training data in Markdown is not read"
    assert any(line.startswith(told) for line in report.warnings) == is_told
