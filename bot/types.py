"""The values that pass between the parts of Frontdesk. Frozen, standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NewType, Protocol, Self

ConversationId = NewType("ConversationId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing a customer sent."""

    id: str
    """Unique; the inbox row's dedupe key on its channel."""
    conversation_id: ConversationId
    channel: str
    sender_id: str
    text: str
    """What to understand; a button's payload such as `/affirm` when one was pressed."""
    sent_at: datetime
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Passed through unread, as Rasa's message metadata."""
    locale: str | None = None
    inbox_id: int | None = None
    input_channel: str | None = None
    """Another name of the channel, as trackers show it; replies go by `channel`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A recognised intention; `confidence` ∈ [0, 1]."""

    name: str | None
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A recognised entity; `start` and `end` (exclusive) count code points of the text."""

    name: str
    value: Any
    start: int | None = None
    end: int | None = None
    confidence: float | None = None
    role: str | None = None
    group: str | None = None
    extractor: str | None = None
    processors: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further keys on the wire, such as `additional_info`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """Which feeling a text shows; probabilities ∈ [0, 1]."""

    label: str
    """`positive`, `neutral` or `negative`, or what the project's own examples are labelled."""
    confidence: float
    anger: float = 0.0
    """How likely it is that the writer is angry, and so wants more than an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How two parts of a text belong together: a product and what is wrong with it."""

    name: str
    head: Entity
    tail: Entity
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalIntent:
    """An intent that no customer wrote: a reminder is due, or another system triggers it."""

    name: str
    entities: tuple[Entity, ...] = ()
    output_channel: str | None = None
    """Where the replies go; None for the channel on which the customer wrote last."""
    reminder: str | None = None
    """Name of the reminder that is due, None when something else triggers the intent."""
    kill_on_user_message: bool = False
    """Whether the reminder is void once the customer wrote after it was set."""

    @property
    def text(self) -> str:
        """The text that stands for it in the conversation, as in Rasa."""
        return f"EXTERNAL: {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What another system asks of a conversation; it waits for its turn as messages do."""

    name: Literal["append", "replace", "log", "execute"]
    body: Mapping[str, Any] = field(default_factory=dict)
    """JSON values; `bot.operations` says which."""
    output_channel: str | None = None
    """Where bot messages go; None for the channel on which the customer wrote last."""
    delivers: bool = True
    """False: bot messages are only recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What understanding found in one text."""

    text: str
    intent: Intent
    ranking: tuple[Intent, ...] = ()
    """Descending by confidence; holds `intent` first when it came from a classifier."""
    entities: tuple[Entity, ...] = ()
    language: str | None = None
    """BCP-47 primary tag, such as `en` or `zh`."""
    response_selector: Mapping[str, Any] = field(default_factory=dict)
    text_tokens: tuple[tuple[int, int], ...] = ()
    took_ms: float = 0.0
    sentiment: Sentiment | None = None
    """None unless the pipeline looks for it."""
    relations: tuple[Relation, ...] = ()
    """In the order of their heads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A choice offered with a reply."""

    title: str
    payload: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What else was given, such as a platform's `type` and `url`."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the button that `data` describes; one without a payload sends its title."""
        title, payload = str(data.get("title") or ""), data.get("payload")
        return cls(
            title=title,
            payload=title if payload is None else str(payload),
            extra={key: value for key, value in data.items() if key not in ("title", "payload")},
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the button as it was described."""
        return {"title": self.title, "payload": self.payload, **self.extra}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an answer comes from; `score` ∈ [-1, 1]."""

    title: str
    url: str
    score: float
    passage_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to say, never how a platform says it."""

    text: str | None = None
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    attachment: Any = None
    custom: Any = None
    elements: Any = None
    quick_replies: Any = None
    sources: tuple[Source, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """`utter_action` and the variation's own metadata, as in Rasa's bot events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The next action, and why."""

    action: str
    confidence: float
    policy: str | None
    is_end_to_end: bool = False
    hide_rule_turn: bool = False
    events: tuple[Any, ...] = ()
    """Events that the deciding policies record with the decision (`bot.events.Event`)."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """For the action's event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A reply on its way to a channel."""

    idem_key: str
    """Stable over retries: `inbox_id:index`."""
    conversation_id: ConversationId
    channel: str
    sender_id: str
    reply: Reply
    seq: int
    """The event that this reply is."""
    from_kind: str = "bot"
    from_name: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Deliver(Protocol):
    """A channel as the sender sees it."""

    async def send(self, outbound: Outbound) -> str | None:
        """Return the platform's message id once `outbound` is delivered.

        Raises:
            Exception: a `ChannelError` says whether and when to try again.
        """
        ...
