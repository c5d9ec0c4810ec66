"""What Slack sends, as far as it is used; unknown keys are passed over.

Names and meanings: https://docs.slack.dev/apis/events-api
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Authorization(_Payload):
    """For whom an event is delivered; the bot itself is among them."""

    user_id: str | None = None
    is_bot: bool = False


class File(_Payload):
    """A shared file; reading it needs the bot's token."""

    id: str = ""
    name: str | None = None
    mimetype: str | None = None
    size: int | None = None
    url_private: str | None = None


class Event(_Payload):
    """What happened; `message` and `app_mention` are for us."""

    type: str
    subtype: str | None = None
    channel: Any = None
    channel_type: str | None = None
    user: Any = None
    bot_id: str | None = None
    client_msg_id: str | None = None
    text: str | None = None
    ts: str | None = None
    thread_ts: str | None = None
    files: list[File] = []


class Envelope(_Payload):
    """One delivery of the Events API."""

    team_id: str | None = None
    event: Event
    authed_users: list[str] = []
    authorizations: list[Authorization] = []


class Id(_Payload):
    """Anything that has an id."""

    id: str = Field(min_length=1)


class Action(_Payload):
    """One pressed or chosen element."""

    type: str
    action_id: str = ""
    action_ts: str = ""
    value: str | None = None
    text: dict[str, Any] | None = None
    selected_option: dict[str, Any] | None = None
    selected_options: list[dict[str, Any]] = []
    selected_date: str | None = None
    selected_user: str | None = None
    selected_conversation: str | None = None
    selected_channel: str | None = None


class Container(_Payload):
    """Where the element stands."""

    message_ts: str | None = None
    thread_ts: str | None = None
    channel_id: str | None = None


class Interaction(_Payload):
    """Somebody pressed or chose something."""

    user: Id
    team: Id | None = None
    channel: Id | None = None
    container: Container = Container()
    message: dict[str, Any] | None = None
    message_ts: str | None = None
    action_ts: str = ""
    actions: list[Action] = Field(min_length=1)


class Command(_Payload):
    """A slash command."""

    command: str = Field(min_length=2)
    text: str = ""
    team_id: str = ""
    channel_id: str = Field(min_length=1)
    user_id: str = Field(min_length=1)
    trigger_id: str = Field(min_length=1)
