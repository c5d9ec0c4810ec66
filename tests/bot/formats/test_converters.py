"""Training data of other systems is read as theirs, and refused with its place."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ConfigErrors
from bot.formats.converters.convert import read_foreign
from bot.formats.nlu_writer import to_json, to_yaml
from bot.project import Example, Understanding
from bot.types import Entity

_SHARED = Path(os.environ.get("FRONTDESK_SHARED") or Path(__file__).parents[3].parent / "shared")
_DATA = _SHARED / "rasa_bots" / "rasa_testdata"


def _write(path: Path, data: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1), "utf-8")
    return path


def test_luis_counts_the_last_character_of_an_entity(tmp_path: Path) -> None:
    path = _write(tmp_path / "luis.json", {
        "luis_schema_version": "7.0.0",
        "regex_entities": [{"name": "flight", "regexPattern": "[A-Z]{2}[0-9]+"}],
        "closedLists": [
            {"name": "dish", "subLists": [{"canonicalForm": "pizza", "list": ["pie"]}]}
        ],
        "utterances": [{"text": "to Rome", "intent": "go", "entities": [
            {"entity": "city", "role": "to", "startPos": 3, "endPos": 6}]}],
    })  # fmt: skip

    found, _ = read_foreign(path, "en")

    [example] = found.examples
    assert example.entities == (Entity(name="city", value="Rome", start=3, end=7, role="to"),)
    assert found.regexes == (("flight", "[A-Z]{2}[0-9]+"),)
    assert found.lookups == {"dish": ("pizza", "pie")}
    assert found.synonyms == {"pie": "pizza"}


def test_wit_names_the_role_with_the_entity(tmp_path: Path) -> None:
    path = _write(tmp_path / "wit.json", {"utterances": [
        {"text": "from Rome", "intent": "go", "traits": [], "entities": [
            {"entity": "city:from", "start": 5, "end": 9, "body": "Rome", "entities": []}]},
        {"text": "hm", "entities": [], "traits": []},
    ]})  # fmt: skip

    found, _ = read_foreign(path, "en")

    assert [example.intent for example in found.examples] == ["go", "out_of_scope"]
    assert found.examples[0].entities[0].role == "from"


def test_an_agent_of_dialogflow_is_read_in_the_wanted_language(tmp_path: Path) -> None:
    _write(tmp_path / "agent.json", {"language": "en"})
    _write(tmp_path / "intents/go.json", {"name": "travel"})
    _write(tmp_path / "intents/go_usersays_en.json", [
        {"data": [{"text": "to "}, {"text": "Rome", "meta": "@city", "alias": "city"}]}
    ])  # fmt: skip
    _write(tmp_path / "intents/go_usersays_de.json", [{"data": [{"text": "nach Rom"}]}])
    _write(tmp_path / "entities/city.json", {"name": "city", "isRegexp": False})
    _write(tmp_path / "entities/city_entries_en.json", [
        {"value": "Rome", "synonyms": ["Rome", "Roma"]}
    ])  # fmt: skip

    found, _ = read_foreign(tmp_path, "en")

    assert [(e.text, e.intent) for e in found.examples] == [("to Rome", "travel")]
    assert found.lookups == {"city": ("Rome", "Roma")}
    assert found.synonyms == {"roma": "Rome"}


_LUIS_OUTSIDE = """{"luis_schema_version": "7.0", "utterances": [{"text": "hi", "intent": "x",
"entities": [{"entity": "e", "startPos": 1, "endPos": 9}]}]}"""


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ('{"rasa_nlu_data": {"common_examples": [\n {"text": 5}]}}', ":2:", "`text` must be a"),
        ('{"rasa_nlu_data": {"common_examples": [\n {"text": "a",}]}}', ":2:", "malformed JSON"),
        ('{"other": 1}', ":1:", "no training data"),
        (
            _LUIS_OUTSIDE,
            ":2:", "outside `hi`",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place(
    tmp_path: Path, text: str, place: str, problem: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)

    with pytest.raises(ConfigErrors) as caught:
        read_foreign(path, "en")

    told = str(caught.value.exceptions[0])
    assert told.startswith(f"{path}{place}")
    assert problem in told


_WORD = st.text(st.characters(codec="utf-8", exclude_characters="[](){}\\"), min_size=1)
_TEXTS = _WORD.map(str.strip).filter(bool)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(_TEXTS, st.sampled_from(["greet", "ask/price", "查询"])), min_size=1))
def test_yaml_and_json_give_the_same_examples_back(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("written")
    examples = tuple(
        Example(
            text=text, intent=intent,
            entities=(Entity(name="word", value="v", start=0, end=len(text), role="r"),),
        )
        for text, intent in pairs
    )  # fmt: skip
    written = Understanding(examples=examples, synonyms={"lamp": "light"})
    (folder / "a.yml").write_text(to_yaml(written), "utf-8")
    (folder / "b.json").write_text(to_json(written), "utf-8")

    for name in ("a.yml", "b.json"):
        found, _ = read_foreign(folder / name, "en")
        assert sorted((e.text, e.intent, e.entities) for e in found.examples) == sorted(
            (e.text, e.intent, e.entities) for e in examples
        )
        assert found.synonyms["lamp"] == "light"


@pytest.mark.skipif(not _DATA.is_dir(), reason=f"no converter data at {_DATA}")
@pytest.mark.parametrize(
    ("place", "language", "count"),
    [
        ("examples/luis/demo-restaurants_v7.json", "en", 28),
        ("examples/wit/demo-flights.json", "en", 5),
        ("examples/dialogflow", "en", 24),
        ("examples/dialogflow", "es", 24),
        ("examples/rasa/demo-rasa.json", "en", 46),
        ("test/demo-rasa-zh.json", "zh", 42),
    ],
)
def test_public_files_are_read_whole(place: str, language: str, count: int) -> None:
    found, _ = read_foreign(_DATA / place, language)

    assert len(found.examples) == count
