"""Replies as calls of `chat.postMessage`, with Block Kit buttons and images. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ImageBlock,
    PlainTextObject,
    SectionBlock,
)

from bot.types import Button, Outbound, Reply
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
from connectors.slack.text import calm

POST = "chat.postMessage"
CAPABILITIES = Capabilities(
    buttons=True,
    images=True,
    threads=True,
    text=Limit(4000),
    text_with_buttons=Limit(SectionBlock.text_max_length),
    max_buttons=ActionsBlock.elements_max_length,
    button_title=Limit(ButtonElement.text_max_length),
    button_payload=Limit(ButtonElement.value_max_length),
    image_url=Limit(ImageBlock.image_url_max_length),
    # Slack asks for about 1 message a second in a channel and lets short bursts pass.
    rates=(Rate(3, 3, "chat"),),
    ack_budget_s=3.0,
)


def render(outbound: Outbound, address: Address) -> Rendered:
    """Return the calls that say `outbound` at `address`."""
    reply, natives = _native_attachment(outbound.reply)
    text = calm(reply.text) if reply.text else reply.text
    shown = degrade(replace(reply, text=text), CAPABILITIES, is_split=outbound.from_kind == "bot")
    tokens: dict[str, str] = {}
    messages = [_message(part, tokens) for part in shown.parts] + natives
    place: dict[str, Any] = {"channel": address.chat}
    if address.thread is not None:
        place["thread_ts"] = address.thread
    operations = (
        Operation(method=POST, payload={**place, **message}) for message in messages if message
    )
    return Rendered(operations=tuple(operations), choices=shown.choices, tokens=tokens)


def _message(part: Part, tokens: dict[str, str]) -> Mapping[str, Any]:
    match part:
        case TextPart(text=text, buttons=()):
            return {"text": text}
        case TextPart(text=text, buttons=buttons):
            section = SectionBlock(text=PlainTextObject(text=text))
            return {"text": text, "blocks": _blocks(section, _actions(buttons, tokens))}
        case ImagePart(url=url):
            alt_text = url.rsplit("/", 1)[-1][: ImageBlock.alt_text_max_length] or "image"
            return {"text": url, "blocks": _blocks(ImageBlock(image_url=url, alt_text=alt_text))}
        case FilePart(url=url):
            return {"text": url}
        case CustomPart(payload=payload):
            return payload if isinstance(payload, Mapping) else {}


def _blocks(*blocks: Block) -> list[Mapping[str, Any]]:
    """Return blocks as JSON; the models of slack-sdk refuse what is over a limit."""
    return [block.to_dict() for block in blocks]


def _actions(buttons: Sequence[Button], tokens: dict[str, str]) -> ActionsBlock:
    return ActionsBlock(
        elements=[
            ButtonElement(
                text=PlainTextObject(text=button.title),
                action_id=f"choice_{number}",
                value=payload_within(CAPABILITIES.button_payload, button, tokens),
            )
            for number, button in enumerate(buttons, 1)
        ]
    )


def _native_attachment(reply: Reply) -> tuple[Reply, list[Mapping[str, Any]]]:
    """Return the reply without an attachment in Slack's own form, and that as a message."""
    attachment = reply.attachment
    if not isinstance(attachment, Mapping) or "payload" in attachment:
        return reply, []
    text = str(attachment.get("fallback") or attachment.get("text") or "")
    return replace(reply, attachment=None), [{"text": text, "attachments": [attachment]}]
