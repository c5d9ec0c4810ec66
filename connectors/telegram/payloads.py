"""What Telegram sends, as far as it is used; unknown keys are passed over.

Names and meanings: https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class User(_Payload):
    """A person or a bot."""

    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str | None = None
    language_code: str | None = None


class Chat(_Payload):
    """Where a message stands."""

    id: int
    type: str = "private"


class Location(_Payload):
    """A place on the map."""

    latitude: float
    longitude: float


class Venue(_Payload):
    """A place with a name."""

    location: Location
    title: str = ""
    address: str = ""


class Contact(_Payload):
    """Somebody's telephone number."""

    phone_number: str
    first_name: str = ""


class Sticker(_Payload):
    """A sticker; `emoji` is what it stands for."""

    file_id: str = ""
    emoji: str | None = None


class File(_Payload):
    """Any file that stands in a message."""

    file_id: str
    file_name: str | None = None
    mime_type: str | None = None
    file_size: int | None = None


class Poll(_Payload):
    """A question with options."""

    question: str


class Message(_Payload):
    """One message, of whatever kind."""

    message_id: int | None = None
    sender: User | None = Field(default=None, alias="from")
    chat: Chat
    text: str | None = None
    caption: str | None = None
    message_thread_id: int | None = None
    is_topic_message: bool = False
    media_group_id: str | None = None
    photo: list[File] = []
    document: File | None = None
    video: File | None = None
    animation: File | None = None
    audio: File | None = None
    voice: File | None = None
    video_note: File | None = None
    sticker: Sticker | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: Contact | None = None
    poll: Poll | None = None
    reply_markup: dict[str, Any] | None = None


class CallbackQuery(_Payload):
    """A pressed inline button."""

    id: str
    sender: User = Field(alias="from")
    message: Message | None = None
    data: str | None = None


class Member(_Payload):
    """The bot's standing in a chat."""

    status: str


class MemberUpdated(_Payload):
    """The bot was blocked, removed, or let in again."""

    chat: Chat
    date: int = 0
    new_chat_member: Member


class Update(_Payload):
    """One delivery; exactly one of the optional fields is there."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: MemberUpdated | None = None
