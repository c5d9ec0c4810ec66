"""The degrade ladder: a reply as parts that a channel can show, in Rasa's order. Pure.

elements → cards → text with buttons; quick replies → buttons; buttons → numbered text whose numbers
and titles stand for the payloads; images and files → links; long text → several texts. The order is
text and buttons, custom, image, attachment, elements.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.types import Button, Reply
from connectors.channel import Capabilities, Limit
from connectors.split import split_text

TOKEN_MARK = "~"  # noqa: S105 - no secret
_TOKEN_BYTES = 16
NO_TEXT = "…"
"""Shown above buttons that come without text: platforms refuse an empty one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """One message of text, perhaps with buttons below."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePart:
    """A picture by its address."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A file by its address."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomPart:
    """What a response holds under `custom`: the platform's own JSON, passed on."""

    payload: Any


Part = TextPart | ImagePart | FilePart | CustomPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is left of a reply for one channel."""

    parts: tuple[Part, ...]
    choices: Mapping[str, str] = field(default_factory=dict)
    """Numbers and titles (in folded case) → payloads, where buttons became numbered text."""


def degrade(reply: Reply, capabilities: Capabilities, *, is_split: bool = True) -> Parts:
    """Return `reply` in parts that a channel with `capabilities` takes.

    Args:
        reply: What to say.
        capabilities: What the channel can show.
        is_split: Plain text becomes one message per paragraph, as in Rasa.
    """
    choices: dict[str, str] = {}
    parts: list[Part] = []
    for part in _parts(reply, is_split):
        parts += _shown(part, capabilities, choices)
    return Parts(parts=tuple(parts), choices=choices)


def token_of(payload: str) -> str:
    """Return the short name under which `payload` travels; the same one every time."""
    digest = hashlib.sha256(payload.encode("utf-8", "surrogatepass")).digest()[:_TOKEN_BYTES]
    return TOKEN_MARK + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def payload_within(limit: Limit | None, button: Button, tokens: dict[str, str]) -> str:
    """Return what `button` sends, or a token for a payload over `limit`, added to `tokens`."""
    payload = button.payload or button.title
    if limit is None or limit.holds(payload):
        return payload
    token = token_of(payload)
    tokens[token] = payload
    return token


def _parts(reply: Reply, is_split: bool) -> Iterator[Part]:
    """Return everything that `reply` holds, in order, before any limit."""
    buttons = _quick_replies(reply.quick_replies) or reply.buttons
    text = (reply.text or "").strip()
    sources = [f"{source.title}: {source.url}" for source in reply.sources if source.url]
    if buttons or sources or not is_split:
        whole = "\n".join([text, *sources]).strip()
        if whole or buttons:
            yield TextPart(text=whole or NO_TEXT, buttons=buttons)
    else:
        yield from (TextPart(text=part.strip()) for part in text.split("\n\n") if part.strip())
    if reply.custom:
        yield CustomPart(payload=reply.custom)
    if reply.image:
        yield ImagePart(url=reply.image)
    if reply.attachment and reply.attachment != reply.image:
        yield FilePart(url=_address(reply.attachment))
    for element in reply.elements or ():
        yield from _card(element)


def _shown(part: Part, can: Capabilities, choices: dict[str, str]) -> Iterator[Part]:
    """Return `part` as the channel shows it; numbered choices are added to `choices`."""
    match part:
        case ImagePart(url=url) if not (can.images and _is_link(url, can)):
            yield from _texts(TextPart(text=url), can)
        case FilePart(url=url) if not (can.files and _is_link(url, can)):
            yield from _texts(TextPart(text=url), can)
        case TextPart(buttons=buttons) if buttons and not _are_shown(buttons, can):
            yield from _texts(_numbered(part, choices), can)
        case TextPart():
            yield from _texts(part, can)
        case _:
            yield part


def _texts(part: TextPart, can: Capabilities) -> Iterator[TextPart]:
    """Return `part` in messages within the limit; the buttons stay with the last one."""
    limit = can.text_with_buttons or can.text if part.buttons else can.text
    *first, last = split_text(part.text, limit) or (NO_TEXT,)
    yield from (TextPart(text=text) for text in first)
    yield TextPart(text=last, buttons=part.buttons)


def _are_shown(buttons: Sequence[Button], can: Capabilities) -> bool:
    if not can.buttons or (can.max_buttons and len(buttons) > can.max_buttons):
        return False
    if not all(button.title.strip() for button in buttons):
        return False
    return can.button_title is None or all(can.button_title.holds(b.title) for b in buttons)


def _numbered(part: TextPart, choices: dict[str, str]) -> TextPart:
    first = sum(key.isdigit() for key in choices) + 1
    lines = [part.text]
    for number, button in enumerate(part.buttons, first):
        lines.append(f"{number}) {button.title}")
        choices[str(number)] = button.payload
        choices.setdefault(button.title.strip().casefold(), button.payload)
    return TextPart(text="\n".join(lines))


def _is_link(url: str, can: Capabilities) -> bool:
    """Return whether the platform can fetch `url` itself."""
    fits = can.image_url is None or can.image_url.holds(url)
    return fits and url.startswith(("http://", "https://"))


def _quick_replies(items: Any) -> tuple[Button, ...]:
    if not isinstance(items, list | tuple):
        return ()
    return _buttons(items)


def _buttons(items: Sequence[Any]) -> tuple[Button, ...]:
    found = [item for item in items if isinstance(item, Mapping)]
    return tuple(
        Button(
            title=str(item.get("title", "")),
            payload=str(item.get("payload") or item.get("title", "")),
        )
        for item in found
    )


def _card(element: Any) -> Iterator[Part]:
    """Return one element of Rasa's generic template as picture, text and buttons."""
    if not isinstance(element, Mapping):
        yield TextPart(text=str(element))
        return
    if image := element.get("image_url"):
        yield ImagePart(url=str(image))
    lines = [str(element[key]) for key in ("title", "subtitle") if element.get(key)]
    buttons = _buttons(element.get("buttons") or ())
    if lines or buttons:
        yield TextPart(text="\n".join(lines) or NO_TEXT, buttons=buttons)


def _address(attachment: Any) -> str:
    """Return where an attachment lies: itself, or the address inside Rasa's usual objects."""
    if isinstance(attachment, Mapping):
        payload = attachment.get("payload")
        inner = payload if isinstance(payload, Mapping) else attachment
        found = inner.get("src") or inner.get("url") or inner.get("link")
        return str(found or dict(attachment))
    return str(attachment)
