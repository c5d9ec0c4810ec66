"""Which reminders still count when they are due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.conversation import Conversation
from bot.events import Event, ReminderSet, Restarted, SessionStarted, SlotSet, UserSaid, externally
from bot.reminders import is_outdated
from bot.types import ExternalIntent, Intent, Reading
from tests.bot.builders import domain

_AT = datetime(2024, 1, 1, tzinfo=UTC)
_SET = ReminderSet(name="r", intent="wake", due_at=_AT)
_WROTE = UserSaid(text="hi", reading=Reading(text="hi", intent=Intent(name=None, confidence=0.0)))
_OTHER = externally(ExternalIntent(name="other"), at=_AT, message_id="m", channel="rest")


@pytest.mark.parametrize(
    ("events", "kill", "outdated"),
    [
        ([_WROTE, _SET], True, False),
        ([_SET, _WROTE], True, True),
        ([_SET, _WROTE], False, False),
        ([_SET, _WROTE, _SET], True, False),
        ([_SET, _OTHER], True, True),
        ([_SET, SlotSet(name="a", value=1)], True, False),
        ([_SET, Restarted()], False, True),
        ([_SET, SessionStarted()], False, True),
        ([_SET, SessionStarted(), _SET], False, False),
        ([], False, True),
    ],
    ids=[
        "message before it", "message after it", "message that it survives", "set again",
        "another external intent", "other events", "restart", "new session", "set in new session",
        "never set",
    ],
)  # fmt: skip
def test_a_reminder_counts_as_in_rasa(events: list[Event], kill: bool, outdated: bool) -> None:
    conversation = Conversation.of("c", events, domain())
    external = ExternalIntent(name="wake", reminder="r", kill_on_user_message=kill)

    assert is_outdated(external, conversation) is outdated


def test_what_is_no_reminder_is_never_outdated() -> None:
    conversation = Conversation.of("c", [Restarted()], domain())

    assert not is_outdated(ExternalIntent(name="wake"), conversation)
