"""The closed union of events. A conversation is its events; each is one of Rasa's, or ours.

`to_dict`/`from_dict` give our stored JSON form; Rasa's wire form is made in `bot.formats.events`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from bot.types import (
    Button,
    Entity,
    ExternalIntent,
    Intent,
    Reading,
    Relation,
    Reply,
    Sentiment,
    Source,
)

IS_EXTERNAL = "is_external"
"""Metadata of a user event that stands for an `ExternalIntent`, as in Rasa."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed:
    at: datetime = field(default_factory=_now)
    """When it happened, UTC."""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSaid(_Timed):
    """The customer wrote; Rasa `user`."""

    kind: ClassVar[str] = "user"
    text: str | None
    reading: Reading
    message_id: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSaid(_Timed):
    """The bot replied; Rasa `bot`."""

    kind: ClassVar[str] = "bot"
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRan(_Timed):
    """An action was executed; Rasa `action`."""

    kind: ClassVar[str] = "action"
    name: str | None
    policy: str | None = None
    confidence: float | None = None
    action_text: str | None = None
    hide_rule_turn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSet(_Timed):
    """A slot got a value; Rasa `slot`."""

    kind: ClassVar[str] = "slot"
    name: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSet(_Timed):
    """A form (or other loop) started, or ended when `name` is None; Rasa `active_loop`."""

    kind: ClassVar[str] = "active_loop"
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopInterrupted(_Timed):
    """A form was left for an interruption, or resumed; Rasa `loop_interrupted`."""

    kind: ClassVar[str] = "loop_interrupted"
    is_interrupted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRejected(_Timed):
    """An action refused to run; Rasa `action_execution_rejected`."""

    kind: ClassVar[str] = "action_execution_rejected"
    name: str
    policy: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted(_Timed):
    """A session began; Rasa `session_started`."""

    kind: ClassVar[str] = "session_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted(_Timed):
    """Everything before is forgotten; Rasa `restart`."""

    kind: ClassVar[str] = "restart"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsReset(_Timed):
    """All slots got their initial values; Rasa `reset_slots`."""

    kind: ClassVar[str] = "reset_slots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewound(_Timed):
    """The last user message and what followed are undone; Rasa `rewind`."""

    kind: ClassVar[str] = "rewind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone(_Timed):
    """The last action and what followed are undone; Rasa `undo`."""

    kind: ClassVar[str] = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFeaturized(_Timed):
    """Whether policies used the text or the intent; Rasa `user_featurization`."""

    kind: ClassVar[str] = "user_featurization"
    use_text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupSet(_Timed):
    """The next action is fixed; Rasa `followup`."""

    kind: ClassVar[str] = "followup"
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(_Timed):
    """The bot stops deciding; Rasa `pause`."""

    kind: ClassVar[str] = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(_Timed):
    """The bot decides again; Rasa `resume`."""

    kind: ClassVar[str] = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderSet(_Timed):
    """An intent is to be triggered at `due_at`; Rasa `reminder`."""

    kind: ClassVar[str] = "reminder"
    name: str
    intent: str
    due_at: datetime
    entities: Any = None
    kill_on_user_message: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderCancelled(_Timed):
    """Reminders that match every given filter are cancelled; Rasa `cancel_reminder`."""

    kind: ClassVar[str] = "cancel_reminder"
    name: str | None = None
    intent: str | None = None
    entities: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSaid(_Timed):
    """A person wrote to the customer; Rasa `agent`."""

    kind: ClassVar[str] = "agent"
    text: str
    operator_id: str
    operator_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRequested(_Timed):
    """The conversation waits for a person from here on; ours."""

    kind: ClassVar[str] = "handoff_requested"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorJoined(_Timed):
    """A person took the conversation; ours."""

    kind: ClassVar[str] = "operator_joined"
    operator_id: str
    operator_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorLeft(_Timed):
    """The person handed the conversation back to the bot; ours."""

    kind: ClassVar[str] = "operator_left"
    operator_id: str
    operator_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(_Timed):
    """The conversation was closed; ours."""

    kind: ClassVar[str] = "resolved"
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDiscarded(_Timed):
    """The bot was about to say this when a person took over; never delivered; ours."""

    kind: ClassVar[str] = "draft_discarded"
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFailed(_Timed):
    """An action did not succeed; shown to the operator; ours."""

    kind: ClassVar[str] = "action_failed"
    name: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryReplaced(_Timed):
    """What was before counts no longer and is shown to operators only; ours."""

    kind: ClassVar[str] = "history_replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported(_Timed):
    """The conversation was written to a file; Rasa `export`."""

    kind: ClassVar[str] = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitiesFound(_Timed):
    """Entities added after the fact; Rasa `entities`."""

    kind: ClassVar[str] = "entities"
    entities: tuple[Entity, ...]


Event = (
    UserSaid | BotSaid | ActionRan | SlotSet | LoopSet | LoopInterrupted | ActionRejected
    | SessionStarted | Restarted | SlotsReset | Rewound | Undone | UserFeaturized | FollowupSet
    | Paused | Resumed | ReminderSet | ReminderCancelled | OperatorSaid | HandoffRequested
    | OperatorJoined | OperatorLeft | Resolved | DraftDiscarded | ActionFailed | EntitiesFound
    | HistoryReplaced | Exported
)  # fmt: skip

_KINDS: dict[str, type[Any]] = {cls.kind: cls for cls in Event.__args__}


def externally(
    external: ExternalIntent, *, at: datetime, message_id: str | None, channel: str | None
) -> UserSaid:
    """Return the user event that stands for `external`."""
    intent = Intent(name=external.name, confidence=1.0)
    return UserSaid(
        at=at,
        text=external.text,
        reading=Reading(text=external.text, intent=intent, entities=external.entities),
        message_id=message_id,
        channel=channel,
        metadata={IS_EXTERNAL: True},
    )


def is_external(event: Event) -> bool:
    """Tell whether `event` stands for an intent that no customer wrote."""
    return isinstance(event, UserSaid) and bool(event.metadata.get(IS_EXTERNAL))


def to_dict(event: Event) -> dict[str, Any]:
    """Return the JSON form of `event`, with its `kind`; `from_dict` reads it back."""
    return {"kind": event.kind} | {
        f.name: _plain(getattr(event, f.name)) for f in dataclasses.fields(event)
    }


def from_dict(data: Mapping[str, Any]) -> Event:
    """Return the event that `to_dict` wrote.

    Raises:
        KeyError: the kind is unknown.
    """
    fields = {key: value for key, value in data.items() if key != "kind"}
    for name, read in _READERS.items():
        if fields.get(name) is not None:
            fields[name] = read(fields[name])
    if data["kind"] == EntitiesFound.kind:
        # Reminders have `entities`, too, but as plain JSON.
        fields["entities"] = tuple(_entity(item) for item in fields["entities"])
    return _KINDS[data["kind"]](**fields)


def _plain(value: Any) -> Any:
    """Return `value` with dataclasses, mappings, tuples and times as JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _entity(data: Mapping[str, Any]) -> Entity:
    return Entity(**{**data, "processors": tuple(data.get("processors") or ())})


def _relation(data: Mapping[str, Any]) -> Relation:
    return Relation(**{**data, "head": _entity(data["head"]), "tail": _entity(data["tail"])})


def _reading(data: Mapping[str, Any]) -> Reading:
    sentiment = data.get("sentiment")
    return Reading(
        **{
            **data,
            "intent": Intent(**data["intent"]),
            "ranking": tuple(Intent(**item) for item in data.get("ranking", ())),
            "entities": tuple(_entity(item) for item in data.get("entities", ())),
            "text_tokens": tuple((a, b) for a, b in data.get("text_tokens", ())),
            "sentiment": sentiment and Sentiment(**sentiment),
            "relations": tuple(_relation(item) for item in data.get("relations", ())),
        }
    )


def _reply(data: Mapping[str, Any]) -> Reply:
    return Reply(
        **{
            **data,
            "buttons": tuple(Button(**item) for item in data.get("buttons", ())),
            "sources": tuple(Source(**item) for item in data.get("sources", ())),
        }
    )


_READERS: dict[str, Any] = {
    "at": datetime.fromisoformat,
    "due_at": datetime.fromisoformat,
    "reading": _reading,
    "reply": _reply,
    "texts": tuple,
}
