"""Events as Rasa writes them: to and from the JSON of trackers, action servers and brokers.

Our own events, which Rasa does not know, get the prefix `frontdesk_`.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot import events
from bot.events import Event
from bot.types import Button, Entity, Intent, Reading, Relation, Reply, Sentiment, Source

Json = dict[str, Any]


class IncompleteEvent(ValueError):
    """An event of a known kind that lacks what it cannot do without."""


_OWN_PREFIX = "frontdesk_"
_MODEL_KEYS = ("model_id", "assistant_id")
"""Metadata of an event itself; all else in a bot event's metadata belongs to its reply."""
_SOURCES_KEY = "frontdesk_sources"
_AGENT_DATA_KEY = "frontdesk_agent_data"
"""The `data` of an operator's message that another system recorded."""
_DATA_KEYS_KEY = "frontdesk_data_keys"
"""Which keys an outside bot event had in its `data`, for it is given back as it came."""
_DATA_KEYS = ("elements", "quick_replies", "buttons", "attachment", "image", "custom")
_BARE_INTENT_KEY = "frontdesk_bare_intent"
"""Set where another system named an intent without its confidence, as it is then given back."""
_FULL_INTENT_KEY = "full_retrieval_intent_name"
_PRIVATE_KEYS = (_DATA_KEYS_KEY, _AGENT_DATA_KEY, _BARE_INTENT_KEY)
_OPTIONAL_KEYS = ("intent_ranking", "text_tokens")
_ENTITY_KEYS = (
    "entity",
    "start",
    "end",
    "value",
    "confidence_entity",
    "role",
    "group",
    "extractor",
    "processors",
)
_OWN_EVENTS: dict[str, type[Any]] = {
    _OWN_PREFIX + kind.kind: kind
    for kind in (
        events.HandoffRequested,
        events.OperatorJoined,
        events.OperatorLeft,
        events.Resolved,
        events.DraftDiscarded,
        events.ActionFailed,
        events.HistoryReplaced,
    )
}
_BARE_EVENTS: dict[str, type[Any]] = {
    kind.kind: kind
    for kind in (
        events.SessionStarted,
        events.Restarted,
        events.SlotsReset,
        events.Rewound,
        events.Undone,
        events.Paused,
        events.Resumed,
        events.Exported,
    )
}
"""Events that carry nothing but their name."""


def to_rasa(event: Event) -> Json:
    """Return `event` as Rasa's JSON; `timestamp` is in seconds."""
    name = event.kind
    if is_ours(event):
        name = _OWN_PREFIX + name
    data: Json = {"event": name, "timestamp": event.at.timestamp()}
    metadata = {key: item for key, item in event.metadata.items() if key not in _PRIVATE_KEYS}
    if isinstance(event, events.BotSaid):
        metadata = {**event.reply.metadata, **metadata}
        if event.reply.sources:
            metadata[_SOURCES_KEY] = [dataclasses.asdict(item) for item in event.reply.sources]
    if metadata or isinstance(event, events.UserSaid | events.BotSaid):
        data["metadata"] = metadata
    return data | _fields(event)


def from_rasa(data: Mapping[str, Any]) -> Event:
    """Return the event that Rasa's JSON describes; older names are understood, too.

    A missing or null `timestamp` means the present moment, as action servers rely on.

    Raises:
        ValueError: the event is unknown, or has a key of the wrong kind.
        IncompleteEvent: the event lacks what it cannot do without.
    """
    name = data.get("event")
    timed = _timed(data)
    if name in _BARE_EVENTS:
        return _BARE_EVENTS[name](**timed)
    if name in _OWN_EVENTS:
        return _own(_OWN_EVENTS[name], data, timed)
    reader = _READERS.get(str(name))
    if reader is None:
        raise ValueError(f"unknown event `{name}`")
    try:
        return reader(data, timed)
    except KeyError as error:
        raise IncompleteEvent(f"the event `{name}` lacks the key {error}") from error


def is_ours(event: Event) -> bool:
    """Tell whether Rasa has no such event."""
    return type(event) in _OWN_EVENTS.values()


def entity_to_rasa(entity: Entity) -> Json:
    """Return an entity as Rasa's JSON; keys without a value are left out, except `value`."""
    data: Json = {
        "entity": entity.name,
        "start": entity.start,
        "end": entity.end,
        "confidence_entity": entity.confidence,
        "role": entity.role,
        "group": entity.group,
        "extractor": entity.extractor,
        "processors": list(entity.processors) or None,
    }
    given = {key: item for key, item in data.items() if item is not None}
    return {**given, "value": entity.value, **entity.extra}


def entity_from_rasa(data: Mapping[str, Any]) -> Entity:
    """Return the entity that Rasa's JSON describes; unknown keys are kept in `extra`."""
    return Entity(
        name=data["entity"],
        value=data.get("value"),
        start=data.get("start"),
        end=data.get("end"),
        confidence=data.get("confidence_entity"),
        role=data.get("role"),
        group=data.get("group"),
        extractor=data.get("extractor"),
        processors=tuple(data.get("processors") or ()),
        extra={key: item for key, item in data.items() if key not in _ENTITY_KEYS},
    )


def entities_from_rasa(data: Any) -> tuple[Entity, ...]:
    """Return the entities of a trigger or a reminder: a list, or short `{name: value}`.

    Raises:
        ValueError: `data` is neither.
    """
    if isinstance(data, Mapping):
        return tuple(Entity(name=str(name), value=value) for name, value in data.items())
    if not data:
        return ()
    if not isinstance(data, list) or not all(
        isinstance(item, Mapping) and "entity" in item for item in data
    ):
        raise ValueError(
            'entities must be a list such as [{"entity": "city", "value": "Rome"}], or a mapping'
        )
    return tuple(entity_from_rasa(item) for item in data)


def reading_to_rasa(reading: Reading) -> Json:
    """Return a reading as the `parse_data` of Rasa.

    `language`, `sentiment` and `relations` are additions; the last two only where they were found.
    """
    data: Json = {
        "intent": _intent_to_rasa(reading.intent) | _selected(reading),
        "entities": [entity_to_rasa(item) for item in reading.entities],
        "text": reading.text,
        "intent_ranking": [_intent_to_rasa(item) for item in reading.ranking],
        "text_tokens": [list(item) for item in reading.text_tokens],
    }
    # A keyword's intent has no ranking, and the message of a button no tokens.
    data = {key: item for key, item in data.items() if item or key not in _OPTIONAL_KEYS}
    if reading.response_selector:
        data["response_selector"] = dict(reading.response_selector)
    if reading.sentiment:
        data["sentiment"] = dataclasses.asdict(reading.sentiment)
    if reading.relations:
        data["relations"] = [_relation_to_rasa(item) for item in reading.relations]
    return data | ({} if reading.language is None else {"language": reading.language})


def reading_from_rasa(data: Mapping[str, Any] | None, text: str | None) -> Reading:
    """Return the reading of a `parse_data`, which action servers may leave out or fill partly."""
    data = data or {}
    return Reading(
        text=data.get("text") or text or "",
        intent=_intent_from_rasa(data.get("intent")),
        ranking=tuple(_intent_from_rasa(item) for item in data.get("intent_ranking") or ()),
        entities=tuple(entity_from_rasa(item) for item in data.get("entities") or ()),
        language=data.get("language"),
        response_selector=data.get("response_selector") or {},
        text_tokens=tuple((int(a), int(b)) for a, b in data.get("text_tokens") or ()),
        sentiment=_sentiment_from_rasa(data.get("sentiment")),
        relations=tuple(_relation_from_rasa(item) for item in data.get("relations") or ()),
    )


def _relation_to_rasa(relation: Relation) -> Json:
    return {
        "name": relation.name,
        "confidence": relation.confidence,
        "head": entity_to_rasa(relation.head),
        "tail": entity_to_rasa(relation.tail),
    }


def _relation_from_rasa(data: Mapping[str, Any]) -> Relation:
    return Relation(
        name=str(data["name"]),
        confidence=float(data.get("confidence") or 0.0),
        head=entity_from_rasa(data["head"]),
        tail=entity_from_rasa(data["tail"]),
    )


def _sentiment_from_rasa(data: Any) -> Sentiment | None:
    """Return the sentiment; None where another system's parser writes something else there."""
    if not isinstance(data, Mapping) or "label" not in data:
        return None
    return Sentiment(
        label=str(data["label"]),
        confidence=float(data.get("confidence") or 0.0),
        anger=float(data.get("anger") or 0.0),
    )


def _intent_to_rasa(intent: Intent) -> Json:
    """Return the intent; of a retrieval intent such as `faq/price`, the name is the part `faq`."""
    base, separator, _ = (intent.name or "").partition("/")
    if not separator:
        return {"name": intent.name, "confidence": intent.confidence}
    return {"name": base, "confidence": intent.confidence, _FULL_INTENT_KEY: intent.name}


def _bare(intent: Mapping[str, Any]) -> Json:
    """Return an intent without confidence; without a name, nothing is left."""
    return {key: item for key, item in intent.items() if key != "confidence" and item is not None}


def _selected(reading: Reading) -> Json:
    """Return the full name of a retrieval intent, where a selector found the answer."""
    name, selector = reading.intent.name, reading.response_selector
    if name not in (selector.get("all_retrieval_intents") or ()):
        return {}
    response = (selector.get(name or "") or {}).get("response") or {}
    return {_FULL_INTENT_KEY: response.get("intent_response_key")}


def _intent_from_rasa(data: Mapping[str, Any] | None) -> Intent:
    data = data or {}
    name = data.get(_FULL_INTENT_KEY) or data.get("name")
    return Intent(name=name, confidence=float(data.get("confidence") or 0.0))


def _fields(event: Event) -> Json:
    """Return the keys of `event` beside its name, time and metadata."""
    match event:
        case events.UserSaid():
            parsed = reading_to_rasa(event.reading)
            if events.is_external(event) or event.metadata.get(_BARE_INTENT_KEY):
                # Nobody recognised it, and Rasa's readers expect no confidence.
                parsed["intent"] = _bare(parsed["intent"])
            hidden = (*_MODEL_KEYS, *_PRIVATE_KEYS)
            told = {key: item for key, item in event.metadata.items() if key not in hidden}
            parsed |= {"message_id": event.message_id, "metadata": told}
            return {
                "text": event.text,
                "parse_data": parsed,
                "input_channel": event.channel,
                "message_id": event.message_id,
            }
        case events.BotSaid(reply=reply):
            keys = event.metadata.get(_DATA_KEYS_KEY, _DATA_KEYS)
            content = _reply_data(reply)
            return {"text": reply.text, "data": {key: content[key] for key in keys}}
        case events.UserFeaturized():
            return {"use_text_for_featurization": event.use_text}
        case events.ReminderSet():
            return {
                "intent": event.intent,
                "entities": event.entities,
                "date_time": event.due_at.isoformat(),
                "name": event.name,
                "kill_on_user_msg": event.kill_on_user_message,
            }
        case events.OperatorSaid():
            person = {"operator_id": event.operator_id, "operator_name": event.operator_name}
            return {"text": event.text, "data": event.metadata.get(_AGENT_DATA_KEY, person)}
        case events.ReminderCancelled():
            return {}  # Rasa's trackers do not say which reminders
        case events.EntitiesFound():
            return {"entities": [entity_to_rasa(item) for item in event.entities]}
        case _:
            return _same_names(event)


def _same_names(event: Event) -> Json:
    """Return the fields of an event whose names are the same in Rasa."""
    values = {
        item.name: getattr(event, item.name)
        for item in dataclasses.fields(event)
        if item.name not in ("at", "metadata")
    }
    return {key: list(item) if isinstance(item, tuple) else item for key, item in values.items()}


def _reply_data(reply: Reply) -> Json:
    """Return the `data` of a bot event, with all of Rasa's keys."""
    buttons = [item.to_dict() for item in reply.buttons]
    return {
        "elements": reply.elements,
        "quick_replies": reply.quick_replies,
        "buttons": buttons or None,
        "attachment": reply.attachment,
        "image": reply.image,
        "custom": reply.custom,
    }


def _timed(data: Mapping[str, Any]) -> Json:
    """Return the time and metadata of an event."""
    stamp = data.get("timestamp")
    if isinstance(stamp, str):
        raise ValueError(f"the timestamp {stamp!r} is not a number")  # noqa: TRY004 - a bad event
    at = datetime.now(UTC) if stamp is None else datetime.fromtimestamp(stamp, UTC)
    return {"at": at, "metadata": dict(data.get("metadata") or {})}


def _own(kind: type[Any], data: Mapping[str, Any], timed: Json) -> Event:
    """Return one of our own events."""
    names = {item.name for item in dataclasses.fields(kind)} - {"at", "metadata"}
    values = {key: item for key, item in data.items() if key in names}
    if "texts" in values:
        values["texts"] = tuple(values["texts"])
    try:
        return kind(**values, **timed)
    except TypeError as error:
        raise ValueError(f"the event `{data.get('event')}` is incomplete: {error}") from error


def _required(data: Mapping[str, Any], key: str) -> Any:
    """Return what `data` has under `key`.

    Raises:
        ValueError: it has no such key.
    """
    if key not in data:
        raise ValueError(f"the event `{data.get('event')}` has no `{key}`")
    return data[key]


def _user(data: Mapping[str, Any], timed: Json) -> Event:
    text, parsed = data.get("text"), data["parse_data"]
    intent: Mapping[str, Any] = (parsed or {}).get("intent") or {}
    if parsed is not None and "confidence" not in intent:
        timed["metadata"][_BARE_INTENT_KEY] = True
    return events.UserSaid(
        text=text,
        reading=reading_from_rasa(parsed, text),
        message_id=data.get("message_id"),
        channel=data.get("input_channel"),
        **timed,
    )


def _bot(data: Mapping[str, Any], timed: Json) -> Event:
    content = data.get("data") or {}
    metadata = timed["metadata"]
    kept = {key: metadata.pop(key) for key in tuple(metadata) if key not in _MODEL_KEYS}
    sources = kept.pop(_SOURCES_KEY, ())
    keys = [key for key in _DATA_KEYS if key in content]
    if len(keys) < len(_DATA_KEYS):
        metadata[_DATA_KEYS_KEY] = keys
    reply = Reply(
        text=data.get("text"),
        buttons=tuple(Button.from_dict(item) for item in content.get("buttons") or ()),
        image=content.get("image"),
        attachment=content.get("attachment"),
        custom=content.get("custom"),
        elements=content.get("elements"),
        quick_replies=content.get("quick_replies"),
        sources=tuple(Source(**item) for item in sources),
        metadata=kept,
    )
    return events.BotSaid(reply=reply, **timed)


def _action(data: Mapping[str, Any], timed: Json) -> Event:
    name, text, confidence = data.get("name"), data.get("action_text"), data.get("confidence")
    if name is None and text is None:
        raise KeyError("name")
    if isinstance(confidence, str):
        raise ValueError(f"the confidence {confidence!r} is not a number")  # noqa: TRY004
    return events.ActionRan(
        name=name,
        policy=data.get("policy"),
        confidence=confidence,
        action_text=text,
        hide_rule_turn=bool(data.get("hide_rule_turn")),
        **timed,
    )


def _rejected(data: Mapping[str, Any], timed: Json) -> Event:
    policy, confidence = data.get("policy"), data.get("confidence")
    return events.ActionRejected(name=data["name"], policy=policy, confidence=confidence, **timed)


def _interrupted(data: Mapping[str, Any], timed: Json) -> Event:
    told = data.get("is_interrupted")
    is_interrupted = not data["validate"] if "validate" in data else told
    return events.LoopInterrupted(is_interrupted=bool(is_interrupted), **timed)


def _reminder(data: Mapping[str, Any], timed: Json) -> Event:
    try:
        due_at = datetime.fromisoformat(data["date_time"])
    except ValueError as error:
        raise IncompleteEvent(f"the reminder has no time: {error}") from error
    return events.ReminderSet(
        # Rasa names a nameless reminder by chance, too: it can then only be cancelled by intent.
        name=data.get("name") or str(uuid.uuid4()),
        intent=data["intent"],
        due_at=due_at.astimezone(UTC),
        entities=data.get("entities"),
        kill_on_user_message=bool(data.get("kill_on_user_msg", True)),
        **timed,
    )


def _cancel(data: Mapping[str, Any], timed: Json) -> Event:
    return events.ReminderCancelled(
        name=data.get("name"), intent=data.get("intent"), entities=data.get("entities"), **timed
    )


def _agent(data: Mapping[str, Any], timed: Json) -> Event:
    person = data.get("data") or {}
    if "operator_id" not in person:
        timed["metadata"][_AGENT_DATA_KEY] = person
    return events.OperatorSaid(
        text=data.get("text") or "",
        operator_id=str(person.get("operator_id") or ""),
        operator_name=str(person.get("operator_name") or ""),
        **timed,
    )


def _found(data: Mapping[str, Any], timed: Json) -> Event:
    entities = tuple(entity_from_rasa(item) for item in _required(data, "entities"))
    return events.EntitiesFound(entities=entities, **timed)


def _slot(data: Mapping[str, Any], timed: Json) -> Event:
    name = _required(data, "name")
    if not isinstance(name, str):
        raise ValueError(f"the slot's name {name!r} is not a text")  # noqa: TRY004 - a bad event
    return events.SlotSet(name=name, value=_required(data, "value"), **timed)


def _loop(data: Mapping[str, Any], timed: Json) -> Event:
    return events.LoopSet(name=data.get("name"), **timed)


def _followup(data: Mapping[str, Any], timed: Json) -> Event:
    return events.FollowupSet(name=data.get("name"), **timed)


def _featurized(data: Mapping[str, Any], timed: Json) -> Event:
    return events.UserFeaturized(use_text=bool(data.get("use_text_for_featurization")), **timed)


_READERS: dict[str, Callable[[Mapping[str, Any], Json], Event]] = {
    "user": _user,
    "bot": _bot,
    "action": _action,
    "slot": _slot,
    "active_loop": _loop,
    "form": _loop,
    "loop_interrupted": _interrupted,
    "form_validation": _interrupted,
    "action_execution_rejected": _rejected,
    "user_featurization": _featurized,
    "followup": _followup,
    "reminder": _reminder,
    "cancel_reminder": _cancel,
    "agent": _agent,
    "entities": _found,
}
