"""The settings of Frontdesk's own keys in `config.yml`, and nowhere else their defaults."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    """Frozen, and strict about names: a misspelt key must not pass unseen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceConfig(BaseModel):
    """One source of knowledge; further keys belong to the source of that type."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    """Such as `faq_yaml`, `csv`, `markdown` or `html`."""
    path: str | None = None
    """A file, folder or pattern, from the project's folder."""


class KnowledgeConfig(_Model):
    """What the bot may answer from."""

    sources: tuple[SourceConfig, ...] = ()
    threshold: Annotated[float, Field(ge=-1, le=1)] = 0.55
    """The score from which a passage counts as an answer."""


class StoreConfig(_Model):
    """Where conversations are kept."""

    url: Annotated[str, Field(min_length=1)] = "sqlite:///.frontdesk/frontdesk.db"
    """An SQLAlchemy URL."""


class HandoffConfig(_Model):
    """When a person is offered without being asked for."""

    on_anger: bool = False
    """Offer one to a customer who is angry, or unhappy again and again."""


class OwnKeys(_Model):
    """Our keys of `config.yml`, beside Rasa's."""

    languages: tuple[str, ...] = ()
    """The languages of the customers; the first is the main one."""
    knowledge: KnowledgeConfig = KnowledgeConfig()
    store: StoreConfig = StoreConfig()
    handoff: HandoffConfig = HandoffConfig()
    server: dict[str, Any] = Field(default_factory=dict)
    """Read by the server, which knows its keys."""
    channels: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    """As in `credentials.yml`: channel name → settings."""
