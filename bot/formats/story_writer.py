"""Writes stories as Rasa's YAML, with comments behind the lines that need one."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

VERSION = "3.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenStep:
    """One entry of `steps`; the comments stand behind the keys (or entities) they name."""

    content: Mapping[str, Any]
    comments: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenStory:
    """A story on its way to a file."""

    name: str
    steps: tuple[WrittenStep, ...]


def write_stories(stories: Sequence[WrittenStory]) -> str:
    """Return the YAML of `stories`."""
    document = CommentedMap()
    document["version"] = DoubleQuotedScalarString(VERSION)
    document["stories"] = [_story(story) for story in stories]
    return dump(document)


def dump(document: Any) -> str:
    """Return `document` as YAML in the layout that Rasa's own files have."""
    yaml = YAML()
    yaml.width = 2**16  # a story's text stays on its line
    yaml.indent(mapping=2, sequence=2, offset=0)
    yaml.representer.add_representer(type(None), _null)
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _null(representer: Any, _value: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _story(story: WrittenStory) -> CommentedMap:
    entry = CommentedMap()
    entry["story"] = story.name
    entry["steps"] = [_step(step) for step in story.steps]
    return entry


def _step(step: WrittenStep) -> CommentedMap:
    entry = CommentedMap()
    for key, value in step.content.items():
        entry[key] = LiteralScalarString(value) if key == "user" else _value(value)
        if (comment := step.comments.get(key)) is not None:
            entry.yaml_add_eol_comment(_one_line(comment), key)
    for name, comment in step.comments.items():
        for item in entry.get("entities", ()):
            if name in item and name not in step.content:
                item.yaml_add_eol_comment(_one_line(comment), name)
    return entry


def _value(value: Any) -> Any:
    """Return `value` as ruamel writes it best."""
    if isinstance(value, str) and "\n" in value:
        return LiteralScalarString(value)
    if isinstance(value, Mapping):
        return CommentedMap((key, _value(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return CommentedSeq(_value(item) for item in value)
    return value


def _one_line(comment: str) -> str:
    return " ".join(comment.split())
