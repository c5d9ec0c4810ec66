"""What clients send, validated at the border."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from connectors.text import TextRefused, clean_text

MAX_ID_CHARS = 255


class UserMessage(BaseModel):
    """The data of a `user_uttered` event; its metadata is under a configurable key."""

    message: str = ""
    session_id: Any = None
    message_id: str | None = Field(default=None, min_length=1, max_length=MAX_ID_CHARS)
    """Ours: a resend under the same id is absorbed."""


def session_id_of(raw: Any) -> str | None:
    """Return `raw` as a session's id, None for what cannot be one."""
    if not isinstance(raw, str) or len(raw) > MAX_ID_CHARS:
        return None
    try:
        return clean_text(raw)
    except TextRefused:
        return None


def metadata_of(raw: Any) -> Mapping[str, Any]:
    """Return metadata that came as an object or as the text of one; empty for anything else."""
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            return {}
    return raw if isinstance(raw, dict) else {}
