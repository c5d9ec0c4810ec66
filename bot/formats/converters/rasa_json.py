"""Rasa's own JSON: `rasa_nlu_data`."""

from __future__ import annotations

from bot.formats.converters.draft import Draft, children, entity_at, optional, required
from bot.project import Example
from bot.types import Entity
from bot.yamlsource import Node, Source

ROOT = "rasa_nlu_data"


def read(draft: Draft, source: Source) -> None:
    """Add the content of `source` to `draft`."""
    root = source.root.value[ROOT]
    for key in ("common_examples", "intent_examples", "entity_examples"):
        for node in children(root, key):
            _read_example(draft, source, node)
    for node in children(root, "regex_features"):
        name, pattern = required(source, node, "name"), required(source, node, "pattern")
        if name and pattern:
            draft.regexes.append((name, pattern))
    for node in children(root, "lookup_tables"):
        _read_lookup(draft, source, node)
    for node in children(root, "entity_synonyms"):
        value = required(source, node, "value")
        for item in required(source, node, "synonyms", list) or ():
            if value:
                draft.add_synonym(str(item.value), value)


def _read_example(draft: Draft, source: Source, node: Node) -> None:
    text = required(source, node, "text")
    if text is None:
        return
    found = [_entity(source, item, text) for item in children(node, "entities")]
    kept = tuple(entity for entity in found if entity is not None)
    draft.examples.append(
        Example(
            text=text, intent=_intent(node), entities=kept, place=source.place(node)
        )
    )  # fmt: skip
    for entity in kept:
        draft.add_synonym(text[entity.start : entity.end], str(entity.value))


def _intent(node: Node) -> str | None:
    intent, key = optional(node, "intent"), optional(node, "intent_response_key")
    return key or intent or None


def _entity(source: Source, node: Node, text: str) -> Entity | None:
    name = required(source, node, "entity")
    start, end = required(source, node, "start", int), required(source, node, "end", int)
    if name is None or start is None or end is None:
        return None
    value = node.get("value")
    return entity_at(
        source, node, text, name=name, start=start, end=end,
        value=value.plain() if value else None,
        role=optional(node, "role"), group=optional(node, "group"),
    )  # fmt: skip


def _read_lookup(draft: Draft, source: Source, node: Node) -> None:
    name, elements = required(source, node, "name"), node.get("elements")
    if name is None or elements is None:
        return
    texts = elements.list()
    if texts:
        draft.lookups[name] = tuple(str(item.value) for item in texts)
    else:
        problem = f"the lookup `{name}` names the file `{elements.plain()}`"
        source.warn(elements, problem, "copy its lines into the converted file")
