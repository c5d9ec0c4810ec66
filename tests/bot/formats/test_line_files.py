"""Examples of sentiment and relations, one per line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigErrors
from bot.formats.fingerprint import fingerprint
from bot.formats.project import load_project

CONFIG = "recipe: default.v1\nassistant_id: a\nlanguage: en\n"
DOMAIN = 'version: "3.1"\nintents: [greet]\nresponses:\n  utter_greet:\n  - text: Hi\n'
NLU = 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hi\n    - hello\n'
RULES = 'version: "3.1"\nrules:\n- rule: r\n  steps:\n  - intent: greet\n  - action: utter_greet\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yml").write_text(CONFIG, "utf-8")
    data = tmp_path / "training_data"
    (data / "ngc").mkdir(parents=True)
    for name, text in (("domain", DOMAIN), ("nlu", NLU), ("rules", RULES)):
        (data / f"{name}.yml").write_text(text, "utf-8")
    return tmp_path


def write(folder: Path, name: str, *lines: str) -> None:
    (folder / "training_data" / "ngc" / name).write_text("\n".join(lines), "utf-8")


def test_a_project_brings_its_own_examples(folder: Path) -> None:
    before = fingerprint(folder), load_project(folder).fingerprint
    write(folder, "sentiment.en.jsonl", '{"text": "wow\u2028!", "sentiment": "joy"}', "")
    write(
        folder,
        "relations.en.jsonl",
        '{"text": "My [kettle](product) [leaks](problem)", "relations": [[0, "has", 1]]}',
    )
    understanding = load_project(folder).understanding
    (feeling,), (relation,) = understanding.feelings, understanding.relations
    assert (feeling.text, feeling.sentiment, feeling.anger) == ("wow\u2028!", "joy", False)
    assert relation.text == "My kettle leaks"
    assert [one.name for one in relation.entities] == ["product", "problem"]
    assert relation.relations == ((0, "has", 1),)
    assert fingerprint(folder) != before[0]
    assert load_project(folder).fingerprint != before[1]


@pytest.mark.parametrize(
    ("name", "line", "problem"),
    [
        ("sentiment.en.jsonl", "{", "the line is no JSON object"),
        ("sentiment.en.jsonl", "[1]", "the line is no JSON object"),
        ("sentiment.en.jsonl", '{"sentiment": "joy"}', "`text` is missing"),
        ("sentiment.en.jsonl", '{"text": "a"}', "`sentiment` is missing"),
        ("sentiment.jsonl", '{"text": "a", "sentiment": "b", "anger": 1}', "`anger` is neither"),
        ("relations.en.jsonl", '{"text": "[a](b)", "relations": [[0, "r", 1]]}', "is no relation"),
        ("relations.en.jsonl", '{"text": "[a](b)", "relations": [[0, "r", 0]]}', "is no relation"),
        ("relations.en.jsonl", '{"text": "[a](b)", "relations": [3]}', "is no relation"),
    ],
)
def test_a_mistake_is_told_with_its_line(folder: Path, name: str, line: str, problem: str) -> None:
    good = '{"text": "[a](b) [c](d)", "sentiment": "joy", "relations": []}'
    write(folder, name, good, line)
    with pytest.raises(ConfigErrors) as caught:
        load_project(folder)
    told = str(caught.value.exceptions[0])
    assert told.startswith(f"training_data/ngc/{name}:2:1: ")
    assert problem in told


def test_our_layout_gets_both_steps_unless_it_names_a_pipeline(folder: Path) -> None:
    ours = {"SentimentAnalyzer", "RelationExtractor"}
    assert ours <= {one.name for one in load_project(folder).settings.pipeline}
    (folder / "config.yml").write_text(CONFIG + "pipeline:\n- name: DIETClassifier\n", "utf-8")
    assert [one.name for one in load_project(folder).settings.pipeline] == ["DIETClassifier"]
    (folder / "config.yml").write_text(CONFIG, "utf-8")
    (folder / "training_data").rename(folder / "data")
    (folder / "data" / "domain.yml").rename(folder / "domain.yml")
    assert not ours & {one.name for one in load_project(folder).settings.pipeline}
