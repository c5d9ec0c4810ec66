"""The `slots:` of a domain, with the mappings that fill them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast, get_args

from bot.domain import MappingCondition, SlotDefinition, SlotMapping, SlotType
from bot.formats.domain_draft import DomainDraft, is_repeated
from bot.formats.domain_values import (
    boolean,
    entries,
    names,
    number,
    string,
    text,
)
from bot.yamlsource import Node, Source, did_you_mean

_SLOT_KEYS = (
    "type",
    "influence_conversation",
    "initial_value",
    "mappings",
    "value_reset_delay",
)
"""The keys of every type of slot."""
_TYPE_KEYS = {"categorical": ("values",), "float": ("min_value", "max_value")}
"""The further keys of some types."""
_OLD_KEYS = {"auto_fill": "remove it: Rasa 3 fills a slot by its `mappings` only"}
_RASA_CLASSES: dict[str, SlotType] = {
    "rasa.shared.core.slots.TextSlot": "text",
    "rasa.shared.core.slots.BooleanSlot": "bool",
    "rasa.shared.core.slots.CategoricalSlot": "categorical",
    "rasa.shared.core.slots.FloatSlot": "float",
    "rasa.shared.core.slots.ListSlot": "list",
    "rasa.shared.core.slots.AnySlot": "any",
}
"""The classes behind the types, by which a domain may call them too."""
_SLOT_TYPES = get_args(SlotType)
_MAPPING_KEYS: dict[str, str | None] = {
    "from_entity": "entity",
    "from_text": None,
    "from_intent": "value",
    "from_trigger_intent": "value",
    "custom": None,
}
"""The types of mappings, each with the key that it cannot do without."""
_CLASS = "class"
"""Stands for the types that are classes of the project."""
_CONDITION_KEYS = ("active_loop", "requested_slot")
_LATIN = re.compile("[A-Za-z]")


def read_slots(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the slots of one file."""
    for name, place, settings in entries(source, node, "slots"):
        if not _LATIN.search(name):
            hint = "write at least one Latin letter into the name, as Rasa demands"
            source.error(place, f"the slot name `{name}` has no Latin letter", hint)
        elif not isinstance(settings.value, dict):
            hint = "write `type:` and `mappings:` below it"
            source.error(place, f"the slot `{name}` has no `type` and no `mappings`", hint)
        elif not is_repeated(draft, source, "slots", name, place, is_error=False):
            slot = _slot(source, name, place, settings)
            if slot is not None:
                draft.slots[name] = slot


def _slot(source: Source, name: str, place: Node, settings: Node) -> SlotDefinition | None:
    """Return one slot, or None after a mistake that leaves nothing of it."""
    kind = _type(source, name, place, settings)
    if kind is None:
        return None
    is_class = kind == _CLASS
    if not is_class:
        _check_keys(source, name, settings, kind)
    influences = boolean(source, settings, "influence_conversation", default=kind != "any")
    if kind == "any" and influences:
        hint = "remove it, or use another type"
        problem = f"the slot `{name}` of type `any` cannot have `influence_conversation: true`"
        source.error(settings.key("influence_conversation"), problem, hint)
    options = _slot_values(source, name, place, settings, is_categorical=kind == "categorical")
    low, high = _range(source, name, settings) if kind == "float" else (0.0, 1.0)
    initial = settings.get("initial_value")
    return SlotDefinition(
        name=name,
        type="any" if is_class else cast("SlotType", kind),
        influences_conversation=influences and not is_class,
        initial_value=initial.plain() if initial else None,
        values=tuple(item for item in options if item is not None and item != "__other__"),
        min_value=low,
        max_value=high,
        mappings=tuple(_slot_mappings(source, name, place, settings)),
    )


def _type(source: Source, name: str, place: Node, settings: Node) -> str | None:
    """Return the type of a slot, or None after reporting that there is none."""
    node = settings.get("type")
    kind = node.value if node else None
    if isinstance(kind, str):
        kind = _RASA_CLASSES.get(kind, kind)
    if kind in _SLOT_TYPES:
        return str(kind)
    if isinstance(kind, str) and "." in kind:
        source.warn(node or place, f"the slot class `{kind}` is not run; `any` is used")
        return _CLASS
    hint = did_you_mean(kind, _SLOT_TYPES, f"the types are {', '.join(_SLOT_TYPES)}")
    if kind == "unfeaturized":
        hint = "use `type: any`, or `influence_conversation: false`"
    problem = f"the slot `{name}` has no `type`"
    if node is not None:
        problem = f"unknown type `{node.plain()}` of the slot `{name}`"
    source.error(node or place, problem, hint)
    return None


def _range(source: Source, name: str, settings: Node) -> tuple[float, float]:
    """Return the bounds of a slot of type `float`, whose first value must be a number, too."""
    low = number(source, settings, "min_value", 0.0)
    high = number(source, settings, "max_value", 1.0)
    if low >= high:
        where = settings.key("min_value" if settings.get("min_value") else "max_value")
        problem = f"`min_value` {low:g} of the slot `{name}` is not below `max_value` {high:g}"
        source.error(where, problem, "swap or correct them")
    number(source, settings, "initial_value", 0.0)
    return low, high


def _check_keys(source: Source, name: str, settings: Node, kind: str) -> None:
    """Report the keys that a slot of the type `kind` does not have."""
    known = (*_SLOT_KEYS, *_TYPE_KEYS.get(kind, ()))
    for key, child in settings.items():
        if key not in known:
            owner = next((other for other, keys in _TYPE_KEYS.items() if key in keys), None)
            hint = f"only the type `{owner}` has it" if owner else did_you_mean(key, known)
            problem = f"a slot of type `{kind}` has no key `{key}`"
            source.error(settings.key(key), problem, _OLD_KEYS.get(key, hint or "remove it"))
        elif key in _TYPE_KEYS.get(kind, ()) and kind == "float" and child.value is None:
            source.error(settings.key(key), f"`{key}` of the slot `{name}` is empty", "remove it")
        elif key == "value_reset_delay" and child.value is not None:
            source.warn(settings.key(key), f"the key `{key}` of the slot `{name}` has no effect")


def _slot_values(
    source: Source, name: str, place: Node, settings: Node, *, is_categorical: bool
) -> tuple[Any, ...]:
    """Return the `values` of a slot, of which only those of a categorical one count."""
    values = settings.get("values")
    if values is not None and not isinstance(values.value, list | None):
        hint = "write `values: [a, b]`"
        source.error(values, f"the `values` of the slot `{name}` must be a list", hint)
        return ()
    options = tuple(values.plain() or ()) if values else ()
    if is_categorical:
        if not options:
            source.warn(place, f"the categorical slot `{name}` has no `values`", "list them")
        elif None in options:
            source.warn(values or place, f"null among the values of `{name}` is ignored")
    return options


def _slot_mappings(source: Source, name: str, place: Node, settings: Node) -> Iterator[SlotMapping]:
    """Iterate over the mappings of a slot."""
    node = settings.get("mappings")
    if node is None or not isinstance(node.value, list):
        hint = "write `mappings: [{type: custom}]` if only actions fill it"
        found = "has no `mappings`" if node is None else "needs a list of `mappings`"
        source.error(node or place, f"the slot `{name}` {found}", hint)
        return
    for item in node.list():
        mapping = _slot_mapping(source, name, item)
        if mapping is not None:
            yield mapping


def _slot_mapping(source: Source, name: str, item: Node) -> SlotMapping | None:
    """Return one mapping of the slot `name`."""
    kind = item.get("type")
    kind_name = str(kind.plain()) if kind else ""
    if kind is None or kind_name not in _MAPPING_KEYS:
        problem = f"unknown mapping type `{kind_name}` of the slot `{name}`"
        if kind is None:
            problem = f"a mapping of the slot `{name}` has no `type`"
        types = f"the types are {', '.join(_MAPPING_KEYS)}"
        source.error(kind or item, problem, did_you_mean(kind_name, _MAPPING_KEYS, types))
        return None
    needed = _MAPPING_KEYS[kind_name]
    given = item.get(needed) if needed else None
    if needed and (given is None or given.value is None):
        problem = f"the `{kind_name}` mapping of the slot `{name}` needs the key `{needed}`"
        source.error(item, problem, f"add `{needed}:`")
        return None
    intents, not_intents = item.get("intent"), item.get("not_intent")
    value = item.get("value")
    return SlotMapping(
        # Just checked to be one of the mapping types.
        type=cast("Any", kind_name),
        entity=text(source, item, "entity"),
        role=text(source, item, "role"),
        group=text(source, item, "group"),
        intents=_intents(source, intents) if intents else (),
        not_intents=_intents(source, not_intents) if not_intents else (),
        value=value.plain() if value else None,
        action=text(source, item, "action"),
        conditions=tuple(_conditions(source, item)),
    )


def _intents(source: Source, node: Node) -> tuple[str, ...]:
    """Return the intents of a mapping: one, or a list."""
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        source.lapse(node, f"the intent `{node.value}` should be a text", "put it in quotes")
        return (str(node.value),)
    return names(source, node)


def _conditions(source: Source, item: Node) -> Iterator[MappingCondition]:
    """Iterate over the conditions of a mapping."""
    node = item.get("conditions")
    if node is None:
        return
    if not isinstance(node.value, list):
        hint = "write `- active_loop: a_form`"
        source.error(node, "the `conditions` of a mapping must be a list", hint)
        return
    for child in node.list():
        if not isinstance(child.value, dict):
            hint = "write `- active_loop: a_form`, or null"
            source.error(child, "a condition needs the key `active_loop`", hint)
            continue
        for key in child.value:
            if key not in _CONDITION_KEYS:
                hint = did_you_mean(key, _CONDITION_KEYS, "remove it")
                source.error(child.key(key), f"unknown key `{key}` in a condition", hint)
        if child.get("active_loop") is None:
            hint = "write `active_loop: a_form`, or null"
            source.lapse(child, "without `active_loop` a condition holds outside of forms", hint)
        yield MappingCondition(
            active_loop=string(child, "active_loop"),
            requested_slot=string(child, "requested_slot"),
        )
