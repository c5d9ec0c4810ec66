"""A project as one frozen value: domain, examples, dialogues and configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bot.domain import Domain
from bot.types import Entity

if TYPE_CHECKING:
    from bot.config import NlgConfig, SourceConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was written; counts from 1."""

    path: str
    line: int
    column: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A labelled text; `intent` keeps a retrieval intent's full name (`faq/price`)."""

    text: str
    intent: str | None
    entities: tuple[Entity, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeelingExample:
    """A text and which feeling it shows."""

    text: str
    sentiment: str
    anger: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationExample:
    """A text, its entities, and how they are related."""

    text: str
    entities: tuple[Entity, ...]
    relations: tuple[tuple[int, str, int], ...] = ()
    """(head, name, tail): all true relations; the ends count the entities from 0."""
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """All training data of understanding (Rasa's `nlu:`)."""

    examples: tuple[Example, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Lower-cased surface text → value."""
    regexes: tuple[tuple[str, str], ...] = ()
    """(name, pattern)."""
    lookups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    responses: Mapping[str, Any] = field(default_factory=dict)
    feelings: tuple[FeelingExample, ...] = ()
    """What `SentimentAnalyzer` learns from; without any, what comes with Frontdesk is used."""
    relations: tuple[RelationExample, ...] = ()
    """What `RelationExtractor` learns from; without any, what comes with Frontdesk is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStep:
    """A user turn of a story: an intent, or (end to end) a text, or both."""

    intent: str | None = None
    text: str | None = None
    entities: tuple[Entity, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStep:
    """A bot turn: an action's name, or (end to end) a text."""

    name: str | None = None
    text: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotStep:
    """`slot_was_set`; `has_value` False when only the name was given."""

    name: str
    value: Any = None
    has_value: bool = True
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStep:
    """`active_loop`; None means that no loop is active."""

    name: str | None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointStep:
    """A checkpoint, with slot conditions when it opens a story."""

    name: str
    conditions: tuple[SlotStep, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrStep:
    """Alternatives: user turns, or lists of slot events."""

    alternatives: tuple[tuple[UserStep | SlotStep, ...], ...]
    place: Place | None = None


Step = UserStep | ActionStep | SlotStep | LoopStep | CheckpointStep | OrStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story, a rule or a test story, as written."""

    name: str
    steps: tuple[Step, ...]
    kind: Literal["story", "rule", "test"] = "story"
    conditions: tuple[SlotStep | LoopStep, ...] = ()
    """Rules only: `condition`."""
    is_conversation_start: bool = False
    waits_for_user: bool = True
    """Rules only: `wait_for_user_input`."""
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentConfig:
    """One entry of `pipeline` or `policies`: a name and its settings."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An HTTP endpoint of `endpoints.yml`."""

    url: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`config.yml`, with Rasa's keys and ours."""

    assistant_id: str = "placeholder_default"
    language: str = "en"
    pipeline: tuple[ComponentConfig, ...] = ()
    policies: tuple[ComponentConfig, ...] = ()
    knowledge_folder: str = ".frontdesk/knowledge"
    """Of the knowledge base, from the project's folder."""
    knowledge_index: str = "faiss"
    """Where its vectors are."""
    knowledge_sources: tuple[SourceConfig, ...] = ()
    knowledge_threshold: float = 0.64
    """The probability from which a passage counts as an answer."""
    handoff_on_anger: bool = False
    """Whether an angry customer is offered a person."""
    nlg: NlgConfig | None = None
    """How answers are worded; None for the defaults."""
    store_url: str = "sqlite:///.frontdesk/frontdesk.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A bot as its files say it."""

    folder: Path
    settings: Settings
    domain: Domain
    understanding: Understanding
    stories: tuple[Story, ...] = ()
    """Stories and rules."""
    test_stories: tuple[Story, ...] = ()
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    credentials: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    """Lines for the user: keys without effect, and so on."""
    fingerprint: str = ""
    """sha256 over all files that training reads."""
