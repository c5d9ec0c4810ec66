"""Telegram's updates as events. Pure.

As in Rasa: the conversation is the chat, an edited message counts as a new one, a place becomes
`{"lng":…, "lat":…}`, and `/restart` is followed by `/start`. Beyond it: pictures, files and the
like have a text, too; a topic of a forum is a conversation of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from connectors.push import Address, ContactChanged, Ignored, Incoming, Operation, Received
from connectors.telegram.payloads import CallbackQuery, File, MemberUpdated, Message, Update, User

GROUPS = ("group", "supergroup")
HANDLED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of updates that are asked for."""
_GONE = ("kicked", "left")
_COMMAND = re.compile(r"^(/[A-Za-z0-9_]+)(?:@(\w+))?(?=\s|$)\s*")
_CALLED = re.compile(r"^/bot\s+")


def parse_update(body: bytes, *, account: str, username: str) -> Sequence[Incoming]:
    """Return what an update says.

    Args:
        body: The request's bytes.
        account: The bot's id.
        username: The bot's name, to know commands for other bots in a group.

    Raises:
        ValueError: the body is no update.
    """
    raw = json.loads(body)
    if not isinstance(raw, dict) or "update_id" not in raw:
        raise ValueError("not an update")
    try:
        update = Update.model_validate(raw)
    except ValidationError as error:
        places = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
        return (Ignored(reason=f"unreadable: {', '.join(places)}"),)
    if update.callback_query is not None:
        return (_pressed(update.callback_query, update.update_id, account),)
    if update.my_chat_member is not None:
        return (_moved_in_or_out(update.my_chat_member, account),)
    message = update.message or update.edited_message
    if message is None:
        kinds = ", ".join(sorted(set(raw) - {"update_id"})) or "nothing"
        return (Ignored(reason=f"not a customer's message: {kinds}"),)
    is_edited = update.edited_message is not None
    return tuple(_said(message, update.update_id, account, username, is_edited=is_edited))


def _said(
    message: Message, update_id: int, account: str, username: str, *, is_edited: bool
) -> Iterator[Incoming]:
    """Return the events of a message: one, or two for `/restart`."""
    if message.sender is None or message.sender.is_bot:
        yield Ignored(reason="sent by a bot, or by nobody")
        return
    text = _text(message)
    if text is None or (is_edited and not (message.text or message.caption)):
        yield Ignored(reason="no text, picture, file or place in it")
        return
    text, called, rest = _command(text)
    if called and username and called.casefold() != username.casefold():
        yield Ignored(reason="a command for another bot")
        return
    metadata = _metadata(message, message.sender)
    if is_edited:
        metadata["edited"] = True
    if text == "/start" and rest:
        metadata["referral"] = rest
    elif rest:
        text = f"{text} {rest}"
    key = f"{account}:{update_id}"
    if message.media_group_id:
        # The pictures of an album arrive one by one; the first to come is the message.
        key = f"{account}:album:{message.chat.id}:{message.media_group_id}"
    yield _received(message, message.sender, key, text, account, metadata)
    if text == "/restart":
        yield _received(message, message.sender, f"{key}:start", "/start", account, metadata)


def _received(
    message: Message,
    sender: User,
    key: str,
    text: str,
    account: str,
    metadata: Mapping[str, Any],
    *,
    title: str | None = None,
    courtesies: tuple[Operation, ...] = (),
) -> Received:
    address = address_in(message, account)
    conversation_id = address.chat
    if address.thread is not None:
        conversation_id = f"{address.chat}:{address.thread}"
    return Received(
        dedupe_key=key,
        conversation_id=conversation_id,
        sender_id=conversation_id,
        text=text,
        address=address,
        title=title,
        metadata=metadata,
        locale=sender.language_code,
        courtesies=courtesies,
    )


def address_in(message: Message, account: str) -> Address:
    """Return where to answer `message`."""
    thread = message.message_thread_id if message.is_topic_message else None
    return Address(
        chat=str(message.chat.id),
        thread=None if thread is None else str(thread),
        account=account,
        is_group=message.chat.type in GROUPS,
    )


def _pressed(query: CallbackQuery, update_id: int, account: str) -> Incoming:
    if query.message is None or query.data is None:
        return Ignored(reason="a button without its message or without data")
    answer = Operation(method="answerCallbackQuery", payload={"callback_query_id": query.id})
    return _received(
        query.message,
        query.sender,
        f"{account}:{update_id}",
        query.data,
        account,
        _metadata(query.message, query.sender),
        title=_title(query.message, query.data),
        courtesies=(answer,),
    )


def _title(message: Message, data: str) -> str | None:
    """Return what stands on the button that sends `data`."""
    rows = (message.reply_markup or {}).get("inline_keyboard") or ()
    buttons = (button for row in rows for button in row)
    return next((str(b.get("text")) for b in buttons if b.get("callback_data") == data), None)


def _moved_in_or_out(update: MemberUpdated, account: str) -> ContactChanged:
    chat = str(update.chat.id)
    return ContactChanged(
        conversation_id=chat,
        address=Address(chat=chat, account=account, is_group=update.chat.type in GROUPS),
        is_reachable=update.new_chat_member.status not in _GONE,
        at_s=float(update.date),
    )


def _command(text: str) -> tuple[str, str | None, str]:
    """Return a command, the bot it is for and the rest; other text is returned whole."""
    text = _CALLED.sub("", text)
    found = _COMMAND.match(text)
    if found is None:
        return text, None, ""
    return found[1], found[2], text[found.end() :]


def _text(message: Message) -> str | None:
    """Return what the message says in words, None for service messages."""
    if message.text or message.caption:
        return message.text or message.caption
    location = message.location or (message.venue and message.venue.location)
    if location:
        return f'{{"lng":{location.longitude}, "lat":{location.latitude}}}'
    if message.contact:
        return f"{message.contact.phone_number} {message.contact.first_name}".strip()
    if message.sticker:
        return message.sticker.emoji or "[sticker]"
    if message.poll:
        return f"[poll] {message.poll.question}"
    for kind, file in _files(message):
        return f"[{kind}] {file.file_name}" if file.file_name else f"[{kind}]"
    return None


def _files(message: Message) -> Iterator[tuple[str, File]]:
    """Return the files of a message with their kinds; the largest size of a photo."""
    if message.photo:
        yield "photo", message.photo[-1]
    named = {
        # An animation comes as a document, too.
        "animation": message.animation,
        "document": None if message.animation else message.document,
        "video": message.video,
        "audio": message.audio,
        "voice message": message.voice,
        "video message": message.video_note,
    }
    yield from ((kind, file) for kind, file in named.items() if file is not None)


def _metadata(message: Message, sender: User) -> dict[str, Any]:
    """Return what actions may want to know."""
    name = f"{sender.first_name} {sender.last_name}".strip()
    user = {"id": sender.id, "name": name, "username": sender.username}
    metadata: dict[str, Any] = {"message_id": message.message_id, "user": user}
    files = [{"kind": kind, **file.model_dump(exclude_none=True)} for kind, file in _files(message)]
    if files:
        metadata["attachments"] = files
    return metadata
