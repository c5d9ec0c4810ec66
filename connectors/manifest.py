"""What a channel tells about itself: for the documentation, and for those who judge its quality."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

RULES = (
    "verifies_requests",
    "durable_before_ack",
    "deduplicates",
    "drops_own_messages",
    "keeps_limits",
    "keeps_rates",
    "maps_errors",
    "delivers_at_most_or_exactly_once",
    "marks_blocked_contacts",
    "reaches_customers_later",
    "fake_server_tests",
    "published_fixtures",
)
"""What is asked of every channel."""


class Quality(BaseModel):
    """Where a channel stands on one rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["done", "exempt", "todo"]
    reason: str = ""
    """Why it is exempt, or what is missing."""


DONE = Quality(status="done")


def exempt(reason: str) -> Quality:
    """Return that a rule does not apply, and why."""
    return Quality(status="exempt", reason=reason)


def todo(reason: str) -> Quality:
    """Return that a rule is not kept yet, and what is missing."""
    return Quality(status="todo", reason=reason)


class Manifest(BaseModel):
    """One channel. Its capabilities stand at the class, `Channel.capabilities`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """The folder, and the key in `credentials.yml`."""
    title: str
    docs_url: HttpUrl | None
    """The platform's own documentation; none where there is no platform."""
    secrets: tuple[str, ...] = ()
    """The settings that nobody else may see."""
    extra: str | None = None
    """The optional dependencies, as in `pip install frontdesk[extra]`; none are needed so far."""
    quality: dict[str, Quality]
