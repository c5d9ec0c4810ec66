"""The `responses:` of a domain or of training data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.domain import ResponseVariation
from bot.formats.domain_draft import DomainDraft, is_repeated
from bot.formats.domain_values import entries, string
from bot.yamlsource import Node, Source, did_you_mean

_VARIATION_KINDS: dict[str, tuple[type, str]] = {
    "id": (str, "a text"),
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
_FREE_VARIATION_KEYS = ("text", "metadata")
_CONDITION_KEYS = ("type", "name", "value")


def read_responses(draft: DomainDraft, source: Source, node: Node) -> None:
    """Add the responses of one file."""
    for name, place, child in entries(source, node, "responses"):
        if not name.startswith("utter_"):
            hint = "rename it, so that stories can use it as an action"
            source.warn(place, f"the response `{name}` does not start with `utter_`", hint)
        if not isinstance(child.value, list) or not child.value:
            hint = "write `- text: ...` below it"
            # Rasa takes an empty list, and says nothing.
            tell = source.lapse if child.value == [] else source.error
            tell(place, f"the response `{name}` has no variations", hint)
            draft.places.setdefault(("responses", name), source.place(place))
        elif not is_repeated(draft, source, "responses", name, place, is_error=False):
            variations = (_variation(source, name, item) for item in child.list())
            draft.responses[name] = tuple(item for item in variations if item is not None)


def _variation(source: Source, name: str, item: Node) -> ResponseVariation | None:
    """Return one wording of the response `name`."""
    if not isinstance(item.value, dict):
        hint = "write `- text: ...`"
        source.error(item, f"a variation of `{name}` must have `text` or `custom`", hint)
        return None
    text, custom = item.get("text"), item.get("custom")
    if text is None and (custom is None or custom.value in (None, {})):
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
        channel=string(item, "channel"),
        conditions=tuple(_response_conditions(source, name, item)),
        id=string(item, "id"),
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
        hint = "write `- type: slot`, `name:` and `value:`"
        if slot is None or value is None:
            source.error(child, f"a condition of `{name}` must name a slot and a value", hint)
            continue
        if kind is not None and kind.value != "slot":
            problem = f"the type `{kind.plain()}` of a condition of `{name}` is read as `slot`"
            source.lapse(kind, problem, hint)
        for key in child.value:
            if key not in _CONDITION_KEYS:
                hint = did_you_mean(key, _CONDITION_KEYS, "remove it")
                source.error(child.key(key), f"unknown key `{key}` in a condition", hint)
        yield str(slot.value), value.plain()
