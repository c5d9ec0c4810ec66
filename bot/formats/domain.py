"""The domain: reads one file or many and merges them. `validate` checks what refers to what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.domain import EntityDefinition, FormDefinition, IntentDefinition, SessionConfig
from bot.formats.domain_draft import DomainDraft, is_repeated, lacks_settings
from bot.formats.domain_responses import read_responses
from bot.formats.domain_slots import read_slots
from bot.formats.domain_values import (
    boolean,
    entries,
    list_of_names,
    named,
    names,
    number,
    warn_unknown,
)
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
_ENTITY_KEYS = ("roles", "groups", "influence_conversation")
_INTENT_KEYS = ("use_entities", "ignore_entities")
_FORM_KEYS = ("required_slots", "ignored_intents")
_SESSION_KEYS = ("session_expiration_time", "carry_over_slots_to_new_session")


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
            read_responses(draft, source, node)
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
        "slots": read_slots,
        "responses": read_responses,
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
            elif key != "e2e_actions":
                empty = "[]" if key in _LISTS else "{}"
                hint = f"write `{key}: {empty}`, or remove it"
                source.error(source.root.key(key), f"`{key}` is empty", hint)
                draft.is_broken = True
        elif key == "config":
            _check_config(source, node)
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


def _read_intents(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the intents of one file."""
    for name, place, settings in named(source, node, "intents"):
        if lacks_settings(draft, source, "intents", name, place, settings):
            continue
        if is_repeated(draft, source, "intents", name, place, is_error=True):
            continue
        if settings and (trigger := settings.get("triggers")) is not None:
            hint = f"write a rule: `intent: {name}`, then `action: {trigger.plain()}`"
            source.warn(settings.key("triggers"), "`triggers` has no effect since Rasa 3", hint)
        warn_unknown(source, settings, (*_INTENT_KEYS, "triggers"), f"the intent `{name}`")
        used = settings.get("use_entities") if settings else None
        draft.intents[name] = IntentDefinition(
            name=name,
            used_entities=None if used is None or used.value is True else names(source, used),
            ignored_entities=list_of_names(source, settings, "ignore_entities") if settings else (),
        )


def _read_entities(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the entities of one file."""
    for name, place, written in named(source, node, "entities"):
        settings = _entity_settings(source, name, written)
        if lacks_settings(draft, source, "entities", name, place, settings):
            continue
        if is_repeated(draft, source, "entities", name, place, is_error=True):
            continue
        warn_unknown(source, settings, _ENTITY_KEYS, f"the entity `{name}`")
        draft.entities[name] = EntityDefinition(
            name=name,
            roles=list_of_names(source, settings, "roles") if settings else (),
            groups=list_of_names(source, settings, "groups") if settings else (),
            influences_conversation=boolean(
                source, settings, "influence_conversation", default=True, is_free=True
            ),
        )


def _entity_settings(source: Source, name: str, written: Node | None) -> Node | None:
    """Return the settings of an entity; Rasa reads over a list or a text in their place."""
    if written is None or not written.value or not isinstance(written.value, list | str):
        return written
    hint = f"remove what follows `{name}`; synonyms stand in the training data, under `nlu`"
    source.warn(written, f"the settings of the entity `{name}` have no effect", hint)
    return None


def _read_actions(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the actions of one file."""
    for name, place, settings in named(source, node, "actions"):
        if is_repeated(draft, source, "actions", name, place, is_error=True):
            continue
        _check_action(source, name, place, settings)
        draft.actions[name] = boolean(source, settings, "send_domain", default=False)


def _check_action(source: Source, name: str, place: Node, settings: Node | None) -> None:
    """Report settings of an action that Rasa 3 refuses."""
    if settings is None:
        return
    if not isinstance(settings.value, dict):
        hint = "remove the `:` after the name, or write `send_domain: true` below it"
        source.error(place, f"the action `{name}` has a `:` but no settings", hint)
    for key, _ in settings.items():
        if key != "send_domain":
            hint = did_you_mean(key, ("send_domain",), "remove it")
            source.error(settings.key(key), f"unknown key `{key}` of the action `{name}`", hint)


def _check_config(source: Source, node: Node) -> None:
    """Report a `config:` that Rasa 3 refuses; nothing in it has an effect."""
    if not isinstance(node.value, dict):
        source.error(source.root.key("config"), "`config` must be a mapping", "remove it")
        return
    boolean(source, node, "store_entities_as_slots", default=True)


def _read_forms(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the forms of one file."""
    for name, place, settings in entries(source, node, "forms"):
        if not isinstance(settings.value, dict):
            hint = "write `required_slots: [...]` below it"
            source.error(place, f"the form `{name}` must be a mapping", hint)
            draft.places.setdefault(("forms", name), source.place(place))
            continue
        if is_repeated(draft, source, "forms", name, place, is_error=False):
            continue
        _check_form(source, name, place, settings)
        ignored = settings.get("ignored_intents")
        draft.forms[name] = FormDefinition(
            name=name,
            required_slots=list_of_names(source, settings, "required_slots"),
            ignored_intents=names(source, ignored) if ignored else (),
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
    if not isinstance(node.value, list):
        source.error(node, "`e2e_actions` must be a list", "write `- a text` below it")
        return
    seen: set[str] = set()
    for item in node.list():
        if not isinstance(item.value, str):
            hint = "put it in quotes"
            source.error(item, f"the text `{item.plain()}` of `e2e_actions` must be a text", hint)
        elif item.value in seen:
            problem = f"`{item.value}` is defined twice under `e2e_actions`"
            source.error(item, problem, "remove one")
        elif item.value not in draft.e2e_actions:
            draft.e2e_actions.append(item.value)
        seen.add(str(item.value))


def _read_session(draft: DomainDraft, source: Source, node: Node) -> None:
    """Take over the session settings, if they differ from the defaults."""
    if not isinstance(node.value, dict):
        source.error(node, "`session_config` must be a mapping")
        return
    warn_unknown(source, node, _SESSION_KEYS, "`session_config`")
    minutes = number(
        source, node, _SESSION_KEYS[0], SessionConfig().expiration_minutes, takes_texts=True
    )
    if minutes < 0:
        hint = "0 means that a session never ends"
        source.error(node.value[_SESSION_KEYS[0]], "the minutes must not be negative", hint)
    session = SessionConfig(
        expiration_minutes=minutes,
        carries_over_slots=boolean(source, node, _SESSION_KEYS[1], default=True),
    )
    if session != SessionConfig():
        draft.session = session
