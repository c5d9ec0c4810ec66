"""Writes training data of understanding: Rasa's YAML, or its older JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from bot.formats import markup
from bot.formats.story_writer import VERSION, dump
from bot.project import Example, Understanding
from bot.types import Entity


def to_yaml(understanding: Understanding) -> str:
    """Return `understanding` as a file of training data; reading it gives the same back."""
    document = CommentedMap()
    document["version"] = DoubleQuotedScalarString(VERSION)
    entries = [
        *_entries("intent", _marked(understanding.examples)),
        *_entries("synonym", _by_value(understanding)),
        *_entries("regex", _grouped(understanding.regexes)),
        *_entries("lookup", understanding.lookups),
    ]
    if entries:
        document["nlu"] = entries
    if understanding.responses:
        document["responses"] = dict(understanding.responses)
    return dump(document)


def to_json(understanding: Understanding) -> str:
    """Return `understanding` as `rasa_nlu_data`."""
    data = {
        "common_examples": [_example_json(example) for example in understanding.examples],
        "entity_synonyms": [
            {"value": value, "synonyms": list(texts)}
            for value, texts in _by_value(understanding, leaves_out_marked=False).items()
        ],
        "regex_features": [{"name": n, "pattern": p} for n, p in understanding.regexes],
        "lookup_tables": [
            {"name": name, "elements": list(words)} for name, words in understanding.lookups.items()
        ],
    }
    return json.dumps({"rasa_nlu_data": data}, indent=2, ensure_ascii=False) + "\n"


def example_line(example: Example) -> str:
    """Return an example with its markup."""
    return markup.render(example.text, example.entities)


def _entries(kind: str, groups: Mapping[str, Sequence[str]]) -> Iterable[CommentedMap]:
    for name, lines in groups.items():
        entry = CommentedMap()
        entry[kind] = name
        if all(line.isprintable() and line == line.strip() for line in lines):
            entry["examples"] = LiteralScalarString("".join(f"- {line}\n" for line in lines))
        else:
            # A line break or a control character can only be written in quotes.
            entry["examples"] = [
                CommentedMap(text=DoubleQuotedScalarString(line)) for line in lines
            ]
        yield entry


def _marked(examples: Sequence[Example]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for example in examples:
        if example.intent:
            groups.setdefault(example.intent, []).append(example_line(example))
    return groups


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups


def _by_value(
    understanding: Understanding, *, leaves_out_marked: bool = True
) -> dict[str, list[str]]:
    """Return value → texts, without those that the examples' markup says anyway."""
    marked = {
        example.text[entity.start : entity.end].lower(): str(entity.value)
        for example in understanding.examples
        for entity in example.entities
        if leaves_out_marked
    }
    pairs = ((v, t) for t, v in understanding.synonyms.items() if marked.get(t) != v)
    return _grouped(pairs)


def _example_json(example: Example) -> dict[str, Any]:
    data: dict[str, Any] = {"text": example.text}
    if example.intent:
        data["intent"] = example.intent
    if example.entities:
        data["entities"] = [_entity_json(entity) for entity in example.entities]
    return data


def _entity_json(entity: Entity) -> dict[str, Any]:
    more = {"role": entity.role, "group": entity.group}
    return {
        "start": entity.start,
        "end": entity.end,
        "value": entity.value,
        "entity": entity.name,
        **{key: value for key, value in more.items() if value is not None},
    }
