"""What `frontdesk migrate` tells about a Rasa project, line by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.cli.migrate import has_channel
from bot.formats.migration import Migration, examine
from bot.formats.migration_notes import COMPONENTS, POLICIES
from bot.formats.rasa_names import COMPONENTS as KNOWN_COMPONENTS
from bot.formats.rasa_names import POLICIES as KNOWN_POLICIES

FILES = {
    "config.yml": "recipe: default.v1\nassistant_id: a\nlanguage: en\npipeline:\n"
    "- name: SpacyNLP\n- name: DIETClassifier\n  epochs: 5\n- name: mine.Component\n"
    "policies:\n- name: RulePolicy\n- name: TEDPolicy\n",
    "domain.yml": "intents: [greet]\nslots:\n  note:\n    type: text\n    mappings:\n"
    "    - type: from_text\nresponses:\n  utter_hi: [{text: hi}]\n",
    "data/nlu.yml": "nlu:\n- intent: greet\n  examples: |\n    - hello\n",
    "data/rules.yml": "rules:\n- rule: r\n  steps:\n  - intent: greet\n  - action: utter_hi\n",
    "data/old.md": "## intent:greet\n- hello\n",
    "endpoints.yml": "tracker_store:\n  type: redis\n  url: localhost\n"
    "lock_store:\n  type: redis\nevent_broker:\n  type: kafka\n",
    "credentials.yml": "rest:\nmattermost:\n  url: x\nmine.Channel:\n",
    "actions/__init__.py": "from rasa_sdk import Action\nfrom rasa.shared.core import events\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def told(migration: Migration) -> set[tuple[str, int, str, str]]:
    return {(item.path, item.line, item.kind, item.subject) for item in migration.findings}


def test_every_difference_has_its_line(folder: Path) -> None:
    migration = examine(folder, has_channel=lambda name: name == "rest")

    assert {
        ("config.yml", 5, "differs", "SpacyNLP"),
        ("config.yml", 6, "differs", "DIETClassifier"),
        ("config.yml", 8, "look", "mine.Component"),
        ("config.yml", 10, "same", "RulePolicy"),
        ("config.yml", 11, "differs", "TEDPolicy"),
        ("domain.yml", 6, "same", "note"),
        ("data/old.md", 1, "look", ".md"),
        ("endpoints.yml", 1, "missing", "tracker_store redis"),
        ("endpoints.yml", 4, "ignored", "lock_store"),
        ("endpoints.yml", 6, "missing", "kafka"),
        ("credentials.yml", 1, "same", "rest"),
        ("credentials.yml", 2, "missing", "mattermost"),
        ("credentials.yml", 4, "look", "mine.Channel"),
        ("actions/__init__.py", 2, "look", "rasa"),
    } <= told(migration)
    assert migration.verdict == "check"


def test_a_key_without_effect_has_its_line(folder: Path) -> None:
    migration = examine(folder, has_channel=has_channel)

    (finding,) = [item for item in migration.findings if item.line == 7]
    assert (finding.path, finding.kind) == ("config.yml", "ignored")
    assert "`epochs` has no effect" in finding.text["en"]


def test_mistakes_block(folder: Path) -> None:
    (folder / "data/rules.yml").write_text(FILES["data/rules.yml"] + "  - acton: x\n", "utf-8")

    migration = examine(folder, has_channel=has_channel)

    assert migration.verdict == "blocked"
    assert migration.mistakes[0].startswith("data/rules.yml:6:5: unknown step `acton`")


def test_every_component_and_policy_of_rasa_has_a_note() -> None:
    ours = {"LanguageDetector", "SentenceEmbeddingFeaturizer", "RegexMessageHandler"} | {
        *("NameEntityExtractor", "RelationExtractor", "SentimentAnalyzer")
    }

    assert {*KNOWN_COMPONENTS} - ours <= COMPONENTS.keys()
    assert {*KNOWN_POLICIES} == POLICIES.keys()


def test_every_note_is_told_in_both_languages() -> None:
    texts = [text for _, text in (*COMPONENTS.values(), *POLICIES.values())]

    assert all(text["en"] and text["zh"] and text["en"] != text["zh"] for text in texts)


@pytest.mark.parametrize(("lang", "word"), [("en", "Verdict"), ("zh", "结论")])
def test_the_verdict_comes_last(
    folder: Path, lang: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["migrate", str(folder), "--lang", lang])

    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[-1].startswith(word)
    assert raised.value.code == 0
    assert lines[0].startswith("actions/__init__.py:2: [")


def test_json_holds_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["migrate", str(folder), "--json"])

    data = json.loads(capsys.readouterr().out)
    migration = examine(folder, has_channel=has_channel)
    assert len(data["findings"]) == len(migration.findings)
    assert data["verdict"] == migration.verdict
