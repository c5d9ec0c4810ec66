"""The domain: reads one file or many and merges them. `validate` checks what refers to what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from bot.domain import (
    Domain,
    EntityDefinition,
    FormDefinition,
    IntentDefinition,
    MappingCondition,
    ResponseVariation,
    SessionConfig,
    SlotDefinition,
    SlotMapping,
    SlotType,
)
from bot.project import Place
from bot.yamlsource import Node, Source, did_you_mean

DOMAIN_KEYS = (
    "intents",
    "entities",
    "slots",
    "responses",
    "actions",
    "forms",
    "e2e_actions",
    "session_config",
)
_LISTS = frozenset({"intents", "entities", "actions", "e2e_actions"})
"""Sections that are lists; the others are mappings."""
_NEUTRAL_KEYS = ("version", "config", "nlu", "stories", "rules")
_SLOT_KEYS = (
    "type",
    "influence_conversation",
    "initial_value",
    "mappings",
    "values",
    "min_value",
    "max_value",
)
_SLOT_TYPES = get_args(SlotType)
_MAPPING_KEYS: dict[str, str | None] = {
    "from_entity": "entity",
    "from_text": None,
    "from_intent": "value",
    "from_trigger_intent": "value",
    "custom": None,
}
"""The types of mappings, each with the key that it cannot do without."""
_ENTITY_KEYS = ("roles", "groups", "influence_conversation")
_INTENT_KEYS = ("use_entities", "ignore_entities")
_FORM_KEYS = ("required_slots", "ignored_intents")
_SESSION_KEYS = ("session_expiration_time", "carry_over_slots_to_new_session")
_LATIN = re.compile("[A-Za-z]")
_VARIATION_KINDS: dict[str, tuple[type, str]] = {
    "image": (str, "a text"),
    "channel": (str, "a text"),
    "button_type": (str, "a text"),
    "custom": (dict, "a mapping"),
    "attachment": (dict, "a mapping"),
    "buttons": (list, "a list"),
    "quick_replies": (list, "a list"),
    "elements": (list, "a list"),
    "condition": (list, "a list"),
}
"""The keys of a variation beside `text`, each with what it must be."""
_FREE_VARIATION_KEYS = ("text", "id", "metadata")

Places = dict[tuple[str, str], Place]
"""Where the parts of a domain were written, by section and name."""


@dataclass(slots=True)
class DomainDraft:
    """The domain read so far; later files add to it."""

    intents: dict[str, IntentDefinition] = field(default_factory=dict[str, IntentDefinition])
    entities: dict[str, EntityDefinition] = field(default_factory=dict[str, EntityDefinition])
    slots: dict[str, SlotDefinition] = field(default_factory=dict[str, SlotDefinition])
    responses: dict[str, tuple[ResponseVariation, ...]] = field(
        default_factory=dict[str, tuple[ResponseVariation, ...]]
    )
    actions: dict[str, bool] = field(default_factory=dict[str, bool])
    """Name → `send_domain`."""
    forms: dict[str, FormDefinition] = field(default_factory=dict[str, FormDefinition])
    e2e_actions: list[str] = field(default_factory=list[str])
    session: SessionConfig = field(default_factory=SessionConfig)
    raw: dict[str, Any] = field(default_factory=dict[str, Any])
    places: Places = field(default_factory=dict[tuple[str, str], Place])
    is_broken: bool = False
    """A whole section could not be read, so that names are missing."""

    def finish(self) -> Domain:
        """Return the frozen domain, with the slots that always exist."""
        return Domain(
            intents=self.intents,
            entities=self.entities,
            slots=self.slots | self._automatic_slots(),
            responses=self.responses,
            actions=tuple(self.actions),
            actions_with_domain=frozenset(name for name, sends in self.actions.items() if sends),
            forms=self.forms,
            e2e_actions=tuple(self.e2e_actions),
            session=self.session,
            raw=self.raw,
        )

    def _automatic_slots(self) -> dict[str, SlotDefinition]:
        """Return the slots that nobody writes down."""
        automatic = {"session_started_metadata": _hidden("session_started_metadata", "any")}
        if self.forms:
            automatic = {"requested_slot": _hidden("requested_slot", "text")} | automatic
        return {name: slot for name, slot in automatic.items() if name not in self.slots}


def _hidden(name: str, kind: SlotType) -> SlotDefinition:
    """Return a slot that no policy sees and no message fills."""
    return SlotDefinition(name=name, type=kind, influences_conversation=False)


def read_domain(sources: Sequence[Source], responses: Sequence[Source] = ()) -> DomainDraft:
    """Return the merged domain of `sources`; mistakes go to their reports.

    Args:
        sources: The files of the domain, in order; what comes first wins.
        responses: Files of training data, of which only the `responses:` count.
    """
    draft = DomainDraft()
    for source in sources:
        _read_source(draft, source)
    for source in responses:
        node = source.root.get("responses")
        if node is not None:
            _read_responses(draft, source, node)
            _merge_raw(draft.raw, {"responses": node.plain()})
    return draft


def is_domain(root: Node) -> bool:
    """Return whether a file has at least one key of a domain."""
    return any(root.get(key) is not None for key in DOMAIN_KEYS)


def _read_source(draft: DomainDraft, source: Source) -> None:
    """Add one file of the domain to `draft`."""
    if source.root.value is None:
        return
    if not isinstance(source.root.value, dict):
        source.error(source.root, "the domain must be a mapping", "start with `intents:`")
        draft.is_broken = True
        return
    readers: dict[str, Callable[[DomainDraft, Source, Node], None]] = {
        "intents": _read_intents,
        "entities": _read_entities,
        "slots": _read_slots,
        "responses": _read_responses,
        "actions": _read_actions,
        "forms": _read_forms,
        "e2e_actions": _read_e2e_actions,
        "session_config": _read_session,
    }
    for key, node in source.root.items():
        if key in readers:
            if node.value is not None:
                readers[key](draft, source, node)
                draft.is_broken |= not isinstance(node.value, list if key in _LISTS else dict)
        elif key not in _NEUTRAL_KEYS:
            hint = did_you_mean(key, DOMAIN_KEYS)
            if key == "templates":
                hint = "rename it to `responses`"
            source.warn(source.root.key(key), f"the key `{key}` has no effect", hint)
    plain = {key: node.plain() for key, node in source.root.items() if key in readers}
    _merge_raw(draft.raw, plain)


def _merge_raw(merged: dict[str, Any], added: Mapping[str, Any]) -> None:
    """Add the plain values of a further file in place: unions, where the first wins."""
    for key, value in added.items():
        known = merged.get(key)
        if isinstance(known, list) and isinstance(value, list):
            merged[key] = known + [item for item in value if item not in known]
        elif isinstance(known, dict) and isinstance(value, dict):
            merged[key] = known | value | known
        elif known is None and value is not None:
            merged[key] = value


def _named(source: Source, node: Node, what: str) -> Iterator[tuple[str, Node, Node | None]]:
    """Iterate over a list of names, or of names with settings: name, its place, its settings."""
    if not isinstance(node.value, list):
        source.error(node, f"`{what}` must be a list", "start each entry with `- `")
        return
    for item in node.list():
        if isinstance(item.value, dict) and len(item.value) == 1:
            name, settings = next(item.items())
            yield str(name), item.key(name), settings
        elif isinstance(item.value, str):
            yield item.value, item, None
        elif isinstance(item.value, int | float):
            source.error(item, f"the name `{item.value}` must be a text", "put it in quotes")
        else:
            hint = "write `- name`, or indent its settings further than the name"
            source.error(item, f"an entry of `{what}` must be one name", hint)


def _is_repeated(
    draft: DomainDraft, source: Source, section: str, name: str, node: Node, *, is_error: bool
) -> bool:
    """Return whether `name` is known already, and report that.

    The same name in two files is only worth a warning, as in Rasa.
    """
    earlier = draft.places.setdefault((section, name), place := source.place(node))
    if earlier is place:
        return False
    problem = f"`{name}` is defined twice under `{section}`"
    where = f"line {earlier.line}" if earlier.path == source.path else f"`{earlier.path}`"
    tell = source.error if is_error and earlier.path == source.path else source.warn
    tell(node, problem, f"remove one; the first is in {where}")
    return True


def _read_intents(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the intents of one file."""
    for name, place, settings in _named(source, node, "intents"):
        if settings is not None and not isinstance(settings.value, dict):
            hint = "remove the `:` after the name"
            draft.places.setdefault(("intents", name), source.place(place))
            source.error(place, f"the intent `{name}` has a `:` but no settings", hint)
            continue
        if _is_repeated(draft, source, "intents", name, place, is_error=True):
            continue
        _warn_unknown(source, settings, _INTENT_KEYS, f"the intent `{name}`")
        used = settings.get("use_entities") if settings else None
        ignored = settings.get("ignore_entities") if settings else None
        draft.intents[name] = IntentDefinition(
            name=name,
            used_entities=None if used is None or used.value is True else _names(source, used),
            ignored_entities=() if ignored is None else _names(source, ignored),
        )


def _warn_unknown(source: Source, node: Node | None, known: Sequence[str], what: str) -> None:
    """Warn about the keys of `node` that are not `known`."""
    if node is None:
        return
    for key, _ in node.items():
        if key not in known:
            problem = f"the key `{key}` of {what} has no effect"
            source.warn(node.key(key), problem, did_you_mean(key, known))


def _names(source: Source, node: Node) -> tuple[str, ...]:
    """Return a list of names; empty for null and false."""
    if node.value is None or isinstance(node.value, bool):
        return ()
    if isinstance(node.value, str):
        return (node.value,)
    if not isinstance(node.value, list) or any(
        isinstance(item.value, dict | list) or item.value is None for item in node.list()
    ):
        source.error(node, "this must be a list of names", "write `[a, b]`")
        return ()
    return tuple(str(item.value) for item in node.list())


def _read_entities(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the entities of one file."""
    for name, place, settings in _named(source, node, "entities"):
        if settings is not None and not isinstance(settings.value, dict):
            hint = "remove the `:` after the name"
            draft.places.setdefault(("entities", name), source.place(place))
            source.error(place, f"the entity `{name}` has a `:` but no settings", hint)
            continue
        if _is_repeated(draft, source, "entities", name, place, is_error=True):
            continue
        _warn_unknown(source, settings, _ENTITY_KEYS, f"the entity `{name}`")
        roles = settings.get("roles") if settings else None
        groups = settings.get("groups") if settings else None
        influences = _boolean(source, settings, "influence_conversation", default=True)
        draft.entities[name] = EntityDefinition(
            name=name,
            roles=() if roles is None else _names(source, roles),
            groups=() if groups is None else _names(source, groups),
            influences_conversation=influences,
        )


def _boolean(source: Source, node: Node | None, key: str, *, default: bool) -> bool:
    """Return the boolean under `key`."""
    child = node.get(key) if node else None
    if child is None or isinstance(child.value, bool):
        return default if child is None else bool(child.value)
    source.error(child, f"`{key}` must be true or false, found `{child.plain()}`")
    return default


def _number(source: Source, node: Node, key: str, default: float) -> float:
    """Return the number under `key`."""
    child = node.get(key)
    if child is None or child.value is None:
        return default
    if isinstance(child.value, int | float) and not isinstance(child.value, bool):
        return float(child.value)
    source.error(child, f"`{key}` must be a number, found `{child.plain()}`")
    return default


def _mapping(source: Source, node: Node, key: str) -> Iterator[tuple[str, Node, Node]]:
    """Iterate over the entries of a mapping: name, its place, its settings."""
    if not isinstance(node.value, dict):
        source.error(node, f"`{key}` must be a mapping", "write `name:` with settings below it")
        return
    for name, child in node.items():
        yield str(name), node.key(name), child


def _read_slots(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the slots of one file."""
    for name, place, settings in _mapping(source, node, "slots"):
        if not _LATIN.search(name):
            hint = "write at least one Latin letter into the name, as Rasa demands"
            source.error(place, f"the slot name `{name}` has no Latin letter", hint)
        elif not isinstance(settings.value, dict):
            hint = "write `type:` and `mappings:` below it"
            source.error(place, f"the slot `{name}` has no `type` and no `mappings`", hint)
        elif not _is_repeated(draft, source, "slots", name, place, is_error=False):
            slot = _slot(source, name, place, settings)
            if slot is not None:
                draft.slots[name] = slot


def _slot(source: Source, name: str, place: Node, settings: Node) -> SlotDefinition | None:
    """Return one slot, or None after a mistake that leaves nothing of it."""
    kind = settings.get("type")
    kind_name = kind.value if kind else None
    if isinstance(kind_name, str) and "." in kind_name:
        source.warn(kind or place, f"the slot class `{kind_name}` is not run; `any` is used")
        kind_name = "any"
    if kind_name not in _SLOT_TYPES:
        hint = did_you_mean(kind_name, _SLOT_TYPES, f"the types are {', '.join(_SLOT_TYPES)}")
        if kind_name == "unfeaturized":
            hint = "use `type: any`, or `influence_conversation: false`"
        problem = f"the slot `{name}` has no `type`"
        if kind is not None:
            problem = f"unknown type `{kind_name}` of the slot `{name}`"
        source.error(kind or place, problem, hint)
        return None
    _warn_unknown(source, settings, _SLOT_KEYS, f"the slot `{name}`")
    influences = _boolean(source, settings, "influence_conversation", default=kind_name != "any")
    if kind_name == "any" and influences:
        hint = "remove it, or use another type"
        problem = f"the slot `{name}` of type `any` cannot have `influence_conversation: true`"
        source.error(settings.key("influence_conversation"), problem, hint)
    options = _slot_values(source, name, place, settings)
    low = _number(source, settings, "min_value", 0.0)
    high = _number(source, settings, "max_value", 1.0)
    if kind_name == "float" and low >= high:
        where = settings.key("min_value" if settings.get("min_value") else "max_value")
        problem = f"`min_value` {low:g} of the slot `{name}` is not below `max_value` {high:g}"
        source.error(where, problem, "swap or correct them")
    initial = settings.get("initial_value")
    if kind_name == "float":
        _number(source, settings, "initial_value", 0.0)
    return SlotDefinition(
        name=name,
        type=cast("SlotType", kind_name),
        influences_conversation=influences,
        initial_value=initial.plain() if initial else None,
        values=tuple(item for item in options if item is not None and item != "__other__"),
        min_value=low,
        max_value=high,
        mappings=tuple(_slot_mappings(source, name, place, settings)),
    )


def _slot_values(source: Source, name: str, place: Node, settings: Node) -> tuple[Any, ...]:
    """Return the `values` of a slot, of which only those of a categorical one count."""
    values = settings.get("values")
    if values is not None and not isinstance(values.value, list | None):
        hint = "write `values: [a, b]`"
        source.error(values, f"the `values` of the slot `{name}` must be a list", hint)
        return ()
    options = tuple(values.plain() or ()) if values else ()
    if settings.value["type"].value == "categorical":
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
        entity=_string(item, "entity"),
        role=_string(item, "role"),
        group=_string(item, "group"),
        intents=_names(source, intents) if intents else (),
        not_intents=_names(source, not_intents) if not_intents else (),
        value=value.plain() if value else None,
        action=_string(item, "action"),
        conditions=tuple(_conditions(source, item)),
    )


def _check_list(source: Source, node: Node | None, what: str, hint: str) -> None:
    """Report a value that is there and no list."""
    if node is not None and not isinstance(node.value, list | None):
        source.error(node, f"{what} must be a list", hint)


def _string(node: Node, key: str) -> str | None:
    """Return the scalar under `key` as a text."""
    child = node.get(key)
    return None if child is None or child.value is None else str(child.value)


def _conditions(source: Source, item: Node) -> Iterator[MappingCondition]:
    """Iterate over the conditions of a mapping."""
    node = item.get("conditions")
    _check_list(source, node, "the `conditions` of a mapping", "write `- active_loop: a_form`")
    for child in node.list() if node else ():
        if child.get("active_loop") is None:
            hint = "write `- active_loop: a_form`, or null"
            source.error(child, "a condition needs the key `active_loop`", hint)
            continue
        yield MappingCondition(
            active_loop=_string(child, "active_loop"),
            requested_slot=_string(child, "requested_slot"),
        )


def _read_responses(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the responses of one file."""
    for name, place, child in _mapping(source, node, "responses"):
        if not name.startswith("utter_"):
            hint = "rename it, so that stories can use it as an action"
            source.warn(place, f"the response `{name}` does not start with `utter_`", hint)
        if not isinstance(child.value, list) or not child.value:
            hint = "write `- text: ...` below it"
            # Rasa takes an empty list, and says nothing.
            tell = source.lapse if child.value == [] else source.error
            tell(place, f"the response `{name}` has no variations", hint)
            draft.places.setdefault(("responses", name), source.place(place))
        elif not _is_repeated(draft, source, "responses", name, place, is_error=False):
            variations = (_variation(source, name, item) for item in child.list())
            draft.responses[name] = tuple(item for item in variations if item is not None)


def _variation(source: Source, name: str, item: Node) -> ResponseVariation | None:
    """Return one wording of the response `name`."""
    if not isinstance(item.value, dict):
        hint = "write `- text: ...`"
        source.error(item, f"a variation of `{name}` must have `text` or `custom`", hint)
        return None
    text, custom = item.get("text"), item.get("custom")
    if text is None and (custom is None or custom.value is None):
        hint = did_you_mean("text", map(str, item.value), "add `text:`, which may be empty quotes")
        source.error(item, f"a variation of `{name}` has neither `text` nor `custom`", hint)
    elif text is not None and text.has_variable:
        hint = "quote the text; `${...}` is for settings, and Rasa refuses it here"
        source.error(text, f"the text of `{name}` contains an environment variable", hint)
    elif text is not None and not isinstance(text.value, str):
        source.error(text, f"the text of `{name}` must be a text", "put it in quotes")
    else:
        _check_variation(source, name, item)
    skipped = ("channel", "condition", "id")
    return ResponseVariation(
        content={key: child.plain() for key, child in item.items() if key not in skipped},
        channel=_string(item, "channel"),
        conditions=tuple(_response_conditions(source, name, item)),
        id=_string(item, "id"),
    )


def _check_variation(source: Source, name: str, item: Node) -> None:
    """Report the other keys of a variation of `name`, as strictly as Rasa."""
    for key, child in item.items():
        kind, what = _VARIATION_KINDS.get(key, (object, ""))
        if key not in _VARIATION_KINDS and key not in _FREE_VARIATION_KEYS:
            known = (*_FREE_VARIATION_KEYS, *_VARIATION_KINDS)
            hint = did_you_mean(key, known, f"the keys are {', '.join(known)}")
            source.error(item.key(key), f"unknown key `{key}` in a variation of `{name}`", hint)
        elif child.value is not None and not isinstance(child.value, kind):
            source.error(child, f"`{key}` of `{name}` must be {what}, found `{child.plain()}`")
    for key in ("buttons", "quick_replies"):
        for button in (item.get(key) or item).list():
            _check_button(source, name, button)


def _check_button(source: Source, name: str, button: Node) -> None:
    """Report a button of the response `name` without texts."""
    if not isinstance(button.value, dict):
        hint = "write `- title: ...` and `payload: ...`"
        source.error(button, f"a button of `{name}` must be a mapping", hint)
    for key in ("title", "payload"):
        child = button.get(key)
        if child is not None and not isinstance(child.value, str | None):
            source.error(child, f"the {key} of a button of `{name}` must be a text", "quote it")


def _response_conditions(source: Source, name: str, item: Node) -> Iterator[tuple[str, Any]]:
    """Iterate over the (slot, value) conditions of a variation."""
    node = item.get("condition")
    for child in node.list() if node else ():
        slot, value = child.get("name"), child.get("value")
        kind = child.get("type")
        if slot is None or value is None or (kind is not None and kind.value != "slot"):
            hint = "write `- type: slot`, `name:` and `value:`"
            source.error(child, f"a condition of `{name}` must name a slot and a value", hint)
        else:
            yield str(slot.value), value.plain()


def _read_actions(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the actions of one file."""
    for name, place, settings in _named(source, node, "actions"):
        if _is_repeated(draft, source, "actions", name, place, is_error=True):
            continue
        _warn_unknown(source, settings, ("send_domain",), f"the action `{name}`")
        draft.actions[name] = _boolean(source, settings, "send_domain", default=False)


def _read_forms(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the forms of one file."""
    for name, place, settings in _mapping(source, node, "forms"):
        if not isinstance(settings.value, dict):
            hint = "write `required_slots: [...]` below it"
            source.error(place, f"the form `{name}` must be a mapping", hint)
            draft.places.setdefault(("forms", name), source.place(place))
            continue
        if _is_repeated(draft, source, "forms", name, place, is_error=False):
            continue
        _check_form(source, name, place, settings)
        required, ignored = settings.get("required_slots"), settings.get("ignored_intents")
        draft.forms[name] = FormDefinition(
            name=name,
            required_slots=_names(source, required) if required else (),
            ignored_intents=_names(source, ignored) if ignored else (),
        )


def _check_form(source: Source, name: str, place: Node, settings: Node) -> None:
    """Report settings of a form that Rasa 3 refuses."""
    required = settings.get("required_slots")
    if required is not None and not isinstance(required.value, list | None):
        hint = "list the slot names here, and move the mappings to the slots"
        source.error(required, f"`required_slots` of `{name}` must be a list", hint)
        required.value = list[Node]()
    if required is None and settings.get("ignored_intents") is not None:
        hint = "add `required_slots: [...]`"
        source.error(place, f"the form `{name}` has `ignored_intents` only", hint)
    for key, _ in settings.items():
        if key not in _FORM_KEYS:
            hint = did_you_mean(key, _FORM_KEYS, "list the slots under `required_slots`")
            source.error(settings.key(key), f"unknown key `{key}` of the form `{name}`", hint)


def _read_e2e_actions(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the texts that are actions."""
    draft.e2e_actions += [text for text in _names(source, node) if text not in draft.e2e_actions]


def _read_session(draft: DomainDraft, source: Source, node: Node) -> None:
    """Take over the session settings, if they differ from the defaults."""
    if not isinstance(node.value, dict):
        source.error(node, "`session_config` must be a mapping")
        return
    _warn_unknown(source, node, _SESSION_KEYS, "`session_config`")
    minutes = _number(source, node, _SESSION_KEYS[0], SessionConfig().expiration_minutes)
    if minutes < 0:
        hint = "0 means that a session never ends"
        source.error(node.value[_SESSION_KEYS[0]], "the minutes must not be negative", hint)
    session = SessionConfig(
        expiration_minutes=minutes,
        carries_over_slots=_boolean(source, node, _SESSION_KEYS[1], default=True),
    )
    if session != SessionConfig():
        draft.session = session
