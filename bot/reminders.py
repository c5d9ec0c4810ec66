"""Whether a reminder that is due still counts. Pure."""

from __future__ import annotations

from bot.conversation import Conversation
from bot.events import Event, ReminderSet, UserSaid
from bot.types import ExternalIntent


def is_outdated(external: ExternalIntent, conversation: Conversation) -> bool:
    """Tell whether `external` is a reminder that the conversation has left behind.

    A restart or a new session forgets reminders; so does, unless the bot asked otherwise, a
    message after the one that set it. What is no reminder is never outdated.
    """
    name = external.reminder
    if name is None:
        return False
    if not any(_sets(event, name) for event in conversation.applied_events()):
        return True
    return external.kill_on_user_message and _wrote_since(name, conversation)


def _wrote_since(name: str, conversation: Conversation) -> bool:
    for event in reversed(conversation.events):
        if _sets(event, name):
            return False
        if isinstance(event, UserSaid) and event.text:
            return True
    return True


def _sets(event: Event, name: str) -> bool:
    return isinstance(event, ReminderSet) and event.name == name
