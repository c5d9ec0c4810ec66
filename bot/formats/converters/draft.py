"""What converters collect, and how they read JSON so that mistakes have a place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.project import Example, Place, Understanding
from bot.types import Entity
from bot.yamlsource import Node, Report, Source, read_text

_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that a text of JSON may hold, and that YAML refuses or takes for a line break."""


@dataclass(slots=True)
class Draft:
    """The training data read so far, over all files."""

    examples: list[Example] = field(default_factory=list[Example])
    synonyms: dict[str, str] = field(default_factory=dict[str, str])
    regexes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    lookups: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def add_synonym(self, text: str, value: str) -> None:
        """Map `text` to `value`, unless it is the value itself."""
        if text != value:
            self.synonyms[text.lower()] = value

    def finish(self) -> Understanding:
        """Return what was read."""
        return Understanding(
            examples=tuple(self.examples),
            synonyms=self.synonyms,
            regexes=tuple(self.regexes),
            lookups=self.lookups,
        )


def read_json(path: Path, report: Report, name: str = "") -> Source | None:
    """Return the nodes of a JSON file, or None after reporting why it cannot be read.

    Messages call it `name`, or by its path.

    JSON is read as YAML, whose nodes know their places.
    """
    name = name or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        json.loads(text)
    except json.JSONDecodeError as error:
        place = Place(path=name, line=error.lineno, column=error.colno)
        report.error(place, f"malformed JSON: {error.msg}", "check the file with a JSON editor")
        return None
    except UnicodeDecodeError:
        report.error(Place(path=name, line=1), "the file is not UTF-8", "save it as UTF-8")
        return None
    escaped = _NOT_IN_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return read_text(escaped, name, report)


def required(source: Source, node: Node, key: str, kind: type = str) -> Any:
    """Return the value under `key`, which must be of `kind`; None after reporting that it is not.

    A list is returned as nodes, so that its elements have places.
    """
    child = node.get(key)
    if child is None or not isinstance(child.value, kind) or isinstance(child.value, bool):
        word = {str: "a text", int: "a number", list: "a list"}[kind]
        found = "is missing" if child is None else f"must be {word}, found `{child.plain()}`"
        source.error(child or node, f"`{key}` {found}", f"write {word} there")
        return None
    return child.list() if kind is list else child.value


def optional(node: Node, key: str) -> str | None:
    """Return the text under `key`, if there is one."""
    child = node.get(key)
    return child.value if child is not None and isinstance(child.value, str) else None


def children(node: Node, key: str) -> list[Node]:
    """Return the elements under `key`; none where there is no list."""
    child = node.get(key)
    return child.list() if child is not None else []


def entity_at(
    source: Source,
    node: Node,
    text: str,
    *,
    name: str,
    start: int,
    end: int,
    value: Any = None,
    role: str | None = None,
    group: str | None = None,
) -> Entity | None:
    """Return the entity at code points `start` to `end` of `text`; report a place outside."""
    if not 0 <= start < end <= len(text):
        problem = f"the entity `{name}` from {start} to {end} is outside `{text}`"
        source.error(node, problem, "check its start and end")
        return None
    return Entity(
        name=name,
        value=text[start:end] if value is None else value,
        start=start,
        end=end,
        role=role,
        group=group,
    )
