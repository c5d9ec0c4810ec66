"""Sets and cancels reminders, for the tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ReminderCancelled, ReminderScheduled
from rasa_sdk.executor import CollectingDispatcher


class Remind(Action):
    """Sets a reminder in as many seconds as the message says."""

    def name(self) -> str:
        return "action_remind"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        seconds = float(next(tracker.get_latest_entity_values("seconds")))
        when = datetime.now() + timedelta(seconds=seconds)
        task = [{"entity": "task", "value": "wake up"}]
        return [ReminderScheduled("wake", trigger_date_time=when, name="alarm", entities=task)]


class Forget(Action):
    """Cancels every reminder."""

    def name(self) -> str:
        return "action_forget"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        return [ReminderCancelled()]
