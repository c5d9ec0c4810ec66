"""wit.ai's JSON: `utterances`, or `data` in older exports."""

from __future__ import annotations

from bot.formats.converters.draft import Draft, children, entity_at, optional, required
from bot.project import Example
from bot.types import Entity
from bot.yamlsource import Node, Source

KEYS = ("utterances", "data")
NO_INTENT = "out_of_scope"
"""What Rasa calls texts without an intent."""


def read(draft: Draft, source: Source) -> None:
    """Add the content of `source` to `draft`."""
    key = next(key for key in KEYS if source.root.get(key) is not None)
    for node in required(source, source.root, key, list) or ():
        text = required(source, node, "text")
        if text is None:
            continue
        items = children(node, "entities")
        found = [
            _entity(source, item, text) for item in items if optional(item, "entity") != "intent"
        ]
        kept = tuple(entity for entity in found if entity is not None)
        intent = optional(node, "intent") or _old_intent(items) or NO_INTENT
        draft.examples.append(
            Example(text=text, intent=intent, entities=kept, place=source.place(node))
        )


def _old_intent(items: list[Node]) -> str | None:
    """Return the intent of an older export, where it is an entity."""
    for item in items:
        if optional(item, "entity") == "intent":
            return (optional(item, "value") or "").strip('"') or None
    return None


def _entity(source: Source, node: Node, text: str) -> Entity | None:
    """Return an entity; wit.ai names it `entity:role`."""
    name = required(source, node, "entity")
    start, end = required(source, node, "start", int), required(source, node, "end", int)
    if name is None or start is None or end is None:
        return None
    name, _, role = name.removeprefix("wit$").partition(":")
    value = optional(node, "value")
    return entity_at(
        source, node, text, name=name, start=start, end=end,
        value=value.strip('"') if value else None,
        role=role if role and role != name else None,
    )  # fmt: skip
