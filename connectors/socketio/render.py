"""Replies as Rasa's Socket.IO messages. Pure.

The usual widgets look at the set of keys of a message: `text` alone, or with `quick_replies`. So
nothing is added to them; the sources of an answer are a message of their own, in Markdown.

`custom:` payloads. Rasa passes them as keyword arguments to its library's `emit`, so that they must
look like `{data: …, room: …}`, and a payload with a `room` can go to another customer. The mode
`compatible` does the same with such payloads; `safe` always sends `{"custom": payload}` to the
conversation's own client. A payload of another shape, which makes Rasa fail, is sent safely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.types import Reply

CustomMode = Literal["compatible", "safe"]
_EMIT_KEYS = frozenset({"data", "to", "room", "skip_sid", "namespace"})
_Rooms = str | list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """The data of one bot event, and where it goes when that is not its conversation's client."""

    data: Any
    room: _Rooms = None
    skip_sid: _Rooms = None
    namespace: str | None = None


def emissions(reply: Reply, custom_mode: CustomMode = "compatible") -> tuple[Emission, ...]:
    """Return the events of a reply, in Rasa's order."""
    return tuple(_emissions(reply, custom_mode))


def _emissions(reply: Reply, custom_mode: CustomMode) -> Iterator[Emission]:
    yield from (Emission(data=part) for part in _texts(reply))
    if reply.sources:
        links = [f"[{source.title}]({source.url})" for source in reply.sources]
        yield Emission(data={"text": "\n".join(links)})
    if reply.custom:
        yield _custom(reply.custom, custom_mode)
    if reply.image:
        yield _attachment({"type": "image", "payload": {"src": reply.image}})
    if reply.attachment and reply.attachment != reply.image:
        yield _attachment(reply.attachment)
    elements = reply.elements if isinstance(reply.elements, list) else [reply.elements]
    for element in filter(None, elements):
        payload = {"template_type": "generic", "elements": element}
        yield _attachment({"type": "template", "payload": payload})


def _texts(reply: Reply) -> list[dict[str, Any]]:
    """Return the text split at blank lines; the last part has the choices."""
    choices = _choices(reply)
    if not reply.text and not choices:
        return []
    parts = (reply.text or "").strip().split("\n\n")
    if not choices:
        return [{"text": part} for part in parts]
    messages: list[dict[str, Any]] = [{"text": part, "quick_replies": []} for part in parts]
    messages[-1]["quick_replies"] = choices
    return messages


def _choices(reply: Reply) -> list[dict[str, Any]]:
    if isinstance(reply.quick_replies, list) and reply.quick_replies:
        offered = [item for item in reply.quick_replies if isinstance(item, Mapping)]
        pairs = [(item.get("title"), item.get("payload")) for item in offered]
    else:
        pairs = [(button.title, button.payload) for button in reply.buttons]
    return [{"content_type": "text", "title": title, "payload": sent} for title, sent in pairs]


def _attachment(content: Any) -> Emission:
    return Emission(data={"attachment": content})


def _custom(payload: Any, mode: CustomMode) -> Emission:
    if mode == "safe" or not _is_for_emit(payload):
        return Emission(data={"custom": payload})
    return Emission(
        data=payload.get("data"),
        room=payload.get("to") or payload.get("room"),
        skip_sid=payload.get("skip_sid"),
        namespace=payload.get("namespace"),
    )


def _is_for_emit(payload: Any) -> bool:
    """Return whether the keys and kinds of values are those that Rasa's `emit` takes."""
    if not isinstance(payload, Mapping) or not payload.keys() <= _EMIT_KEYS:
        return False
    rooms = [payload.get(key) for key in ("to", "room", "skip_sid")]
    return all(map(_is_rooms, rooms)) and isinstance(payload.get("namespace"), str | None)


def _is_rooms(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return value is None or isinstance(value, str)
