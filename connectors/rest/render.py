"""Replies as the messages of Rasa's REST channel. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.types import Reply


def render(replies: Sequence[Reply], recipient_id: str) -> list[dict[str, Any]]:
    """Return one object per message, absent keys left out.

    Plain text is split at blank lines, text with buttons is not; an element becomes a text with
    buttons. The order is text or buttons, custom, image, attachment, elements, as in Rasa 3.6.
    Sources are an addition under `sources`.
    """
    return [{"recipient_id": recipient_id} | part for reply in replies for part in _parts(reply)]


def _parts(reply: Reply) -> Iterator[dict[str, Any]]:
    sources = [{"title": s.title, "url": s.url, "score": round(s.score, 4)} for s in reply.sources]
    extra = {"sources": sources} if sources else {}
    buttons = reply.quick_replies or [button.to_dict() for button in reply.buttons]
    if buttons:
        text = {} if reply.text is None else {"text": reply.text}
        yield text | {"buttons": buttons} | extra
    elif reply.text:
        if sources:
            yield {"text": reply.text} | extra
        else:
            yield from ({"text": part} for part in reply.text.strip().split("\n\n"))
    if reply.custom:
        yield {"custom": reply.custom}
    if reply.image:
        yield {"image": reply.image}
    if reply.attachment and reply.attachment != reply.image:
        yield {"attachment": reply.attachment}
    for element in reply.elements or ():
        text = f"{element.get('title', '')} : {element.get('subtitle', '')}"
        yield {"text": text, "buttons": element.get("buttons", [])}
