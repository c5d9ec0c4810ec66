"""What an action server may answer; other shapes are a failure of the action, not of the turn."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class ActionResponse(BaseModel):
    """One message: a text, or the name of a response; further keys fill its placeholders.

    A number as text is said as it is written.
    """

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)

    text: str | None = None
    response: str | None = None
    template: str | None = None
    """The older name of `response`."""
    buttons: list[dict[str, Any]] | None = None
    elements: list[dict[str, Any]] | None = None
    quick_replies: list[Any] | None = None
    image: str | None = None


class ActionAnswer(BaseModel):
    """Messages and events, in this order."""

    responses: list[ActionResponse] | None = None
    events: list[dict[str, Any]] | None = None
