"""How a reply looks in the terminal."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console

from bot.types import Reply


def show(console: Console, reply: Reply, *, first: int = 1) -> tuple[str, ...]:
    """Print `reply`; return the payloads of its choices, which are numbered from `first`."""
    for line in lines(reply, first=first):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return tuple(payload for _, payload in _choices(reply))


def lines(reply: Reply, *, first: int = 1) -> list[str]:
    """Return what to print for `reply`."""
    found = [f"bot › {reply.text}"] if reply.text else []
    for number, (title, payload) in enumerate(_choices(reply), first):
        found.append(f"      {number}: {title} ({payload})")
    if _choices(reply):
        found.append("      (type a number, or a message of your own)")
    if reply.image:
        found.append(f"bot › image: {reply.image}")
    if reply.attachment and reply.attachment != reply.image:
        found.append(f"bot › attachment: {_json(reply.attachment)}")
    found += [f"bot › {_json(data)}" for data in (reply.custom, reply.elements) if data]
    for source in reply.sources:
        found.append(f"      {source.title}: {source.url} ({source.score:.2f})")
    return found


def _choices(reply: Reply) -> list[tuple[str, str]]:
    if isinstance(reply.quick_replies, list) and reply.quick_replies:
        offered = [item for item in reply.quick_replies if isinstance(item, dict)]
        return [(str(item.get("title")), str(item.get("payload"))) for item in offered]
    return [(button.title, button.payload) for button in reply.buttons]


def _json(data: Any) -> str:
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, indent=2)
