"""The domain's responses: which variation is said, and its placeholders filled."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from bot.domain import Domain, ResponseVariation
from bot.types import Button, Reply

_log = logging.getLogger(__name__)
_PLACEHOLDER = re.compile(r"\{([^\n{}]+?)\}")
_FILLED = ("text", "image", "custom", "buttons", "attachment", "quick_replies")


def choose(
    domain: Domain, name: str, slots: Mapping[str, Any], channel: str, random: Random
) -> ResponseVariation | None:
    """Return the variation of response `name` to say, or None if none applies.

    A variation for the channel beats one for all channels, and one with conditions beats one
    without; among equals `random` picks.
    """
    fitting = [v for v in domain.responses.get(name, ()) if _holds(v, slots)]
    here = [v for v in fitting if v.channel == channel]
    anywhere = [v for v in fitting if v.channel is None]
    for candidates in (here, anywhere):
        for conditional in (True, False):
            group = [v for v in candidates if bool(v.conditions) == conditional]
            if group:
                return random.choice(group)
    return None


def respond(
    domain: Domain,
    name: str,
    slots: Mapping[str, Any],
    channel: str,
    random: Random,
    variables: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Return the filled content of response `name`, or None if nothing can be said.

    Args:
        domain: holds the responses.
        name: such as `utter_greet`.
        slots: fill placeholders and decide conditions.
        channel: where it is said.
        random: picks among equal variations.
        variables: further placeholders; they win over slots.
    """
    variation = choose(domain, name, slots, channel, random)
    if variation is None:
        return None
    values = {**slots, **(variables or {})}
    content: dict[str, Any] = dict(variation.content)
    if variation.id is not None:
        content.setdefault("id", variation.id)
    if variation.channel is not None:
        content["channel"] = variation.channel
    if variation.conditions:
        # Rasa's bot events show why a variation was said.
        content["condition"] = [
            {"type": "slot", "name": slot, "value": value} for slot, value in variation.conditions
        ]
    for key in _FILLED:
        if key in content:
            content[key] = fill(content[key], values)
    return content


def fill(content: Any, values: Mapping[str, Any]) -> Any:
    """Return `content` with the placeholders in all its strings replaced."""
    if isinstance(content, str):
        return fill_text(content, values)
    if isinstance(content, Mapping):
        return {key: fill(value, values) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [fill(item, values) for item in content]
    return content


def fill_text(text: str, values: Mapping[str, Any]) -> str:
    """Return `text` with `{name}` replaced by values.

    One placeholder that cannot be filled leaves the whole text as it is, as Rasa does: half a
    sentence would look finished.
    """
    try:
        filled = _PLACEHOLDER.sub(r"{0[\1]}", text).format(values)
        # Doubled braces escape: format leaves our index notation in place of the name.
        return text.format({}) if "0[" in filled else filled
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        _log.warning("placeholder %s of a response cannot be filled", error)
        return text


def reply_of(content: Mapping[str, Any], extra: Mapping[str, Any] | None = None) -> Reply:
    """Return `content` (a filled response, or one from an action) as a reply.

    Keys without a meaning of their own go to the metadata, as in Rasa's bot events.
    """
    known = {"text", "buttons", "image", "attachment", "custom", "elements", "quick_replies"}
    metadata = {key: value for key, value in content.items() if key not in known}
    return Reply(
        text=content.get("text"),
        buttons=_buttons(content.get("buttons") or ()),
        image=content.get("image"),
        attachment=content.get("attachment") or content.get("image"),
        custom=content.get("custom"),
        elements=content.get("elements"),
        quick_replies=content.get("quick_replies"),
        metadata={**metadata, **(extra or {})},
    )


def _buttons(buttons: Sequence[Mapping[str, Any]]) -> tuple[Button, ...]:
    return tuple(Button.from_dict(button) for button in buttons)


def _holds(variation: ResponseVariation, slots: Mapping[str, Any]) -> bool:
    return all(_equal(slots.get(name), value) for name, value in variation.conditions)


def _equal(actual: Any, wanted: Any) -> bool:
    if isinstance(actual, str) and isinstance(wanted, str):
        return actual.casefold() == wanted.casefold()
    return bool(actual == wanted)
