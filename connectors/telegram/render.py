"""Replies as calls of Telegram's Bot API. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.types import Button, Outbound
from connectors.channel import Capabilities, Limit, Rate
from connectors.degrade import (
    CustomPart,
    FilePart,
    ImagePart,
    Part,
    TextPart,
    degrade,
    payload_within,
)
from connectors.push import Address, Operation, Rendered

CAPABILITIES = Capabilities(
    buttons=True,
    images=True,
    files=True,
    typing=True,
    threads=True,
    text=Limit(4096, "utf16"),
    max_buttons=100,
    button_payload=Limit(64, "bytes"),
    image_url=Limit(2048),
    # Telegram asks for 1 message a second in a chat and lets short bursts pass.
    rates=(Rate(3, 3, "chat"), Rate(20, 60, "group"), Rate(30, 1, "account")),
    ack_budget_s=1.0,
)
BUTTONS_IN_A_ROW = 8
_CUSTOM = (
    (("text",), "sendMessage"),
    (("photo",), "sendPhoto"),
    (("audio",), "sendAudio"),
    (("document",), "sendDocument"),
    (("sticker",), "sendSticker"),
    (("video",), "sendVideo"),
    (("video_note",), "sendVideoNote"),
    (("animation",), "sendAnimation"),
    (("voice",), "sendVoice"),
    (("media",), "sendMediaGroup"),
    (("latitude", "longitude", "title", "address"), "sendVenue"),
    (("latitude", "longitude"), "sendLocation"),
    (("phone_number", "first_name"), "sendContact"),
    (("game_short_name",), "sendGame"),
    (("action",), "sendChatAction"),
    (("title", "description", "payload", "currency", "prices"), "sendInvoice"),
)
"""Which call the keys of a `custom` response ask for, as in Rasa; the first that matches."""


def render(outbound: Outbound, address: Address) -> Rendered:
    """Return the calls that say `outbound` at `address`."""
    is_bots = outbound.from_kind == "bot"
    shown = degrade(outbound.reply, CAPABILITIES, is_split=is_bots)
    tokens: dict[str, str] = {}
    style = str(outbound.reply.metadata.get("button_type", "inline"))
    calls = [call for part in shown.parts for call in _calls(part, style, tokens)]
    place: dict[str, Any] = {"chat_id": address.chat}
    if address.thread is not None:
        place["message_thread_id"] = int(address.thread)
    return Rendered(
        operations=tuple(
            Operation(method=method, payload={**place, **payload}) for method, payload in calls
        ),
        choices=shown.choices,
        tokens=tokens,
    )


def typing(address: Address) -> Operation:
    """Return the call that shows "typing" for five seconds."""
    payload: dict[str, Any] = {"chat_id": address.chat, "action": "typing"}
    if address.thread is not None:
        payload["message_thread_id"] = int(address.thread)
    return Operation(method="sendChatAction", payload=payload)


def _calls(
    part: Part, style: str, tokens: dict[str, str]
) -> Sequence[tuple[str, Mapping[str, Any]]]:
    match part:
        case TextPart(text=text, buttons=()):
            return [("sendMessage", {"text": text})]
        case TextPart(text=text, buttons=buttons):
            keyboard = _keyboard(buttons, style, tokens)
            return [("sendMessage", {"text": text, "reply_markup": keyboard})]
        case ImagePart(url=url):
            return [("sendPhoto", {"photo": url})]
        case FilePart(url=url):
            return [("sendDocument", {"document": url})]
        case CustomPart(payload=payload):
            return _custom(payload)


def _keyboard(buttons: Sequence[Button], style: str, tokens: dict[str, str]) -> Mapping[str, Any]:
    """Return the keyboard that `button_type` of the response asks for, as in Rasa."""
    if style == "reply":
        keys = [{"text": button.title} for button in buttons]
        return {"keyboard": _rows(keys), "one_time_keyboard": True, "resize_keyboard": True}
    limit = CAPABILITIES.button_payload
    inline = [
        {"text": button.title, "callback_data": payload_within(limit, button, tokens)}
        for button in buttons
    ]
    if style == "vertical":
        return {"inline_keyboard": [[key] for key in inline]}
    return {"inline_keyboard": _rows(inline)}


def _rows(keys: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    step = BUTTONS_IN_A_ROW
    return [list(keys[start : start + step]) for start in range(0, len(keys), step)]


def _custom(payload: Any) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Return the call that a `custom` response asks for; it goes out as it is written."""
    if not isinstance(payload, Mapping):
        return []
    for keys, method in _CUSTOM:
        if all(payload.get(key) is not None for key in keys):
            return [(method, payload)]
    return []
