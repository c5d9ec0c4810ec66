"""LUIS's JSON, schema versions 5 to 7."""

from __future__ import annotations

from bot.formats.converters.draft import Draft, children, entity_at, optional, required
from bot.project import Example
from bot.types import Entity
from bot.yamlsource import Node, Source

KEY = "luis_schema_version"
_KNOWN_MAJORS = ("5", "6", "7")


def read(draft: Draft, source: Source) -> None:
    """Add the content of `source` to `draft`."""
    version = required(source, source.root, KEY)
    if version is not None and version.split(".")[0] not in _KNOWN_MAJORS:
        known = ", ".join(_KNOWN_MAJORS)
        node = source.root.value[KEY]
        source.error(node, f"the schema version {version} is unknown", f"known are {known}")
        return
    for key in ("regex_entities", "regex_features"):
        for node in children(source.root, key):
            pattern = optional(node, "regexPattern") or optional(node, "pattern")
            name = required(source, node, "name")
            if name and pattern:
                draft.regexes.append((name, pattern))
    for node in children(source.root, "closedLists"):
        _read_list(draft, source, node)
    for node in required(source, source.root, "utterances", list) or ():
        _read_utterance(draft, source, node)


def _read_list(draft: Draft, source: Source, node: Node) -> None:
    name = required(source, node, "name")
    values: list[str] = []
    for item in children(node, "subLists"):
        value = required(source, item, "canonicalForm")
        if value is None:
            continue
        values.append(value)
        for word in children(item, "list"):
            values.append(str(word.value))
            draft.add_synonym(str(word.value), value)
    if name and values:
        draft.lookups[name] = tuple(values)


def _read_utterance(draft: Draft, source: Source, node: Node) -> None:
    text, intent = required(source, node, "text"), required(source, node, "intent")
    if text is None:
        return
    found = [_entity(source, item, text) for item in children(node, "entities")]
    kept = tuple(entity for entity in found if entity is not None)
    place = source.place(node)
    draft.examples.append(Example(text=text, intent=intent or None, entities=kept, place=place))


def _entity(source: Source, node: Node, text: str) -> Entity | None:
    """Return an entity; LUIS counts the last character, too."""
    name = required(source, node, "entity")
    start, last = required(source, node, "startPos", int), required(source, node, "endPos", int)
    if name is None or start is None or last is None:
        return None
    role = optional(node, "role")
    return entity_at(source, node, text, name=name, start=start, end=last + 1, role=role)
