"""Slack's events, interactions and slash commands as our events. Pure.

As in Rasa: who writes to the bot directly, mentions it, or writes in `slack_channel` is heard; the
conversation is the person, the person in a channel, or the person in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from pydantic import ValidationError

from connectors.push import Address, Ignored, Incoming, RawRequest, Received
from connectors.slack.payloads import Action, Command, Envelope, Event, File, Interaction
from connectors.slack.text import plain_text

Granularity = Literal["sender", "channel", "thread"]
FORM = "application/x-www-form-urlencoded"
_SPOKEN = (None, "", "file_share", "thread_broadcast", "me_message")
"""Subtypes of messages that a person wrote."""
_INTERACTIONS = ("block_actions", "interactive_message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Whom the bot hears, and what one conversation is."""

    slack_channel: str | None
    use_threads: bool
    granularity: Granularity


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Who acted where."""

    team: str
    channel: str
    user: str
    thread: str | None
    is_direct: bool


def fields_of(request: RawRequest) -> Mapping[str, Any]:
    """Return the body of `request`: JSON, or a form, whose `payload` is JSON.

    Raises:
        ValueError: it is neither.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() == FORM:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        fields = json.loads(form["payload"]) if "payload" in form else form
    else:
        fields = json.loads(request.body)
    if not isinstance(fields, dict):
        raise ValueError("not an object")  # noqa: TRY004 - what came is at fault, no caller
    return fields


def parse_request(request: RawRequest, hearing: Hearing) -> Sequence[Incoming]:
    """Return what a request says.

    Raises:
        ValueError: the body is not what Slack sends.
    """
    fields = fields_of(request)
    kind = str(fields.get("type", ""))
    try:
        if "command" in fields:
            return (_commanded(Command.model_validate(fields), hearing),)
        if kind == "event_callback":
            return (_happened(Envelope.model_validate(fields), hearing),)
        if kind in _INTERACTIONS:
            return (_pressed(Interaction.model_validate(fields), hearing),)
    except ValidationError as error:
        places = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
        return (Ignored(reason=f"unreadable: {', '.join(places)}"),)
    return (Ignored(reason=f"not a customer's message: {kind or 'no type'}"),)


def _happened(envelope: Envelope, hearing: Hearing) -> Incoming:
    event = envelope.event
    own_ids = {item.user_id for item in envelope.authorizations if item.is_bot and item.user_id}
    if reason := _nobody_spoke(event, own_ids) or _not_to_us(event, hearing):
        return Ignored(reason=reason)
    text = plain_text(event.text or "", own_ids.union(envelope.authed_users))
    text = text or _named(event.files)
    if not text:
        return Ignored(reason="no text and no file in it")
    metadata: dict[str, Any] = {}
    if event.files:
        metadata["attachments"] = [file.model_dump(exclude_none=True) for file in event.files]
    place = _Place(
        team=envelope.team_id or "",
        channel=event.channel,
        user=event.user,
        thread=event.thread_ts or event.ts,
        is_direct=_is_direct(event),
    )
    # A mention in a channel arrives as `message` and as `app_mention`, with the same ts.
    key = f"{place.team}:{place.channel}:{event.ts}"
    return _received(place, key, text, metadata, hearing)


def _nobody_spoke(event: Event, own_ids: set[str]) -> str | None:
    """Return why an event is not what a person says, None if it is."""
    if event.type not in ("message", "app_mention"):
        return f"not a message: {event.type}"
    if event.subtype not in _SPOKEN:
        return f"not a new message: {event.subtype}"
    # People's clients give their messages an id; what the bot's own user does has none.
    if event.bot_id or (event.user in own_ids and not event.client_msg_id):
        return "sent by a bot"
    if not (isinstance(event.user, str) and event.user):
        return "sent by nobody"
    if not (isinstance(event.channel, str) and event.channel and event.ts):
        return "without a channel or a time"
    return None


def _not_to_us(event: Event, hearing: Hearing) -> str | None:
    """Return why a message is not meant for the bot, None if it is."""
    if event.type == "app_mention" or _is_direct(event) or event.channel == hearing.slack_channel:
        return None
    return "neither a direct message, nor a mention, nor in `slack_channel`"


def _is_direct(event: Event) -> bool:
    return event.channel_type == "im" or str(event.channel).startswith("D")


def _pressed(interaction: Interaction, hearing: Hearing) -> Incoming:
    action, container = interaction.actions[0], interaction.container
    value = _value(action)
    channel = interaction.channel.id if interaction.channel else container.channel_id
    if not value or not channel:
        return Ignored(reason=f"no value, or not in a channel: {action.type}")
    message = interaction.message or {}
    stands_at = container.message_ts or interaction.message_ts or message.get("ts") or ""
    place = _Place(
        team=interaction.team.id if interaction.team else "",
        channel=channel,
        user=interaction.user.id,
        thread=container.thread_ts or message.get("thread_ts") or stands_at or None,
        is_direct=channel.startswith("D"),
    )
    pressed_at = action.action_ts or interaction.action_ts
    key = f"{place.team}:{channel}:{stands_at}:{action.action_id}:{pressed_at}"
    return _received(place, key, value, {}, hearing, title=_title(action))


def _option(action: Action) -> Mapping[str, Any]:
    return action.selected_option or next(iter(action.selected_options), {})


def _value(action: Action) -> str | None:
    """Return what was chosen, in any of Slack's elements."""
    return (
        action.value
        or _option(action).get("value")
        or action.selected_date
        or action.selected_user
        or action.selected_conversation
        or action.selected_channel
    )


def _title(action: Action) -> str | None:
    """Return what stands on the element that was pressed."""
    shown = action.text or _option(action).get("text")
    return str(shown["text"]) if isinstance(shown, Mapping) and shown.get("text") else None


def _commanded(command: Command, hearing: Hearing) -> Incoming:
    """Return a slash command: its text, or the command itself as an intent."""
    place = _Place(
        team=command.team_id,
        channel=command.channel_id,
        user=command.user_id,
        thread=None,
        is_direct=command.channel_id.startswith("D"),
    )
    text = plain_text(command.text, ()) or command.command
    key = f"{place.team}:command:{command.trigger_id}"
    return _received(place, key, text, {"command": command.command}, hearing)


def _received(
    place: _Place,
    key: str,
    text: str,
    metadata: Mapping[str, Any],
    hearing: Hearing,
    *,
    title: str | None = None,
) -> Received:
    conversation_id = _conversation_id(place, hearing.granularity)
    address = Address(
        chat=place.channel,
        thread=place.thread if hearing.use_threads else None,
        account=place.team or None,
        is_group=not place.is_direct,
    )
    # The first three are the keys that actions written for Rasa read.
    known = {"out_channel": place.channel, "thread_id": place.thread, "users": [place.user]}
    return Received(
        dedupe_key=key,
        conversation_id=conversation_id,
        sender_id=conversation_id,
        text=text,
        address=address,
        title=title,
        metadata={**known, **metadata},
    )


def _conversation_id(place: _Place, granularity: Granularity) -> str:
    """Return Rasa's id: the person, with the channel, with the thread."""
    if granularity == "channel":
        return f"{place.user}_{place.channel}"
    if granularity == "thread" and place.thread:
        return f"{place.user}_{place.channel}_{place.thread}"
    return place.user


def _named(files: Sequence[File]) -> str:
    return " ".join(f"[file] {file.name}" if file.name else "[file]" for file in files)
