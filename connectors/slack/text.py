"""Slack's markup in texts that people write, and in texts that go out. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

_LABELLED = re.compile(r"<(?:https?|mailto|tel):[^|>\s]+\|([^>]+)>")
_LINK = re.compile(r"<((?:https?|mailto|tel):[^|>\s]+)>")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_EVERYBODY = re.compile(r"<!(?=channel|here|everyone|subteam)")
_WORD_JOINER = "\u2060"


def plain_text(text: str, own_ids: Collection[str]) -> str:
    """Return what was meant: without mentions of the bot, links as people see them."""
    for own_id in own_ids:
        text = re.sub(rf"\s*<@{re.escape(own_id)}(?:\|[^>]*)?>", "", text)
    text = _LINK.sub(r"\1", _LABELLED.sub(r"\1", text))
    for escaped, character in _ESCAPES:
        text = text.replace(escaped, character)
    return text.strip()


def calm(text: str) -> str:
    """Return `text` without the power to notify everybody, which a customer may have typed."""
    return _EVERYBODY.sub(f"<{_WORD_JOINER}!", text)
