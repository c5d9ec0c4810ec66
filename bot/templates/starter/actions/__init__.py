"""Custom actions of the workshop; `frontdesk run` starts them, `frontdesk run actions` serves them.

They use rasa-sdk, so they run under Rasa as well.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

MIN_DIGITS = 6


class ValidateRepairForm(FormValidationAction):
    """Checks what the customer answers in the form."""

    def name(self) -> str:
        """Return the name under which the domain lists this action."""
        return "validate_repair_form"

    def validate_phone(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Return the number, or None to ask again."""
        if sum(character.isdigit() for character in str(value)) >= MIN_DIGITS:
            return {"phone": value}
        dispatcher.utter_message(response="utter_bad_phone")
        return {"phone": None}


class ActionBookRepair(Action):
    """Books the repair; a real workshop would write it into its calendar here."""

    def name(self) -> str:
        """Return the name under which the domain lists this action."""
        return "action_book_repair"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Confirm the booking and forget its details."""
        dispatcher.utter_message(response="utter_booked")
        return [SlotSet("part", None), SlotSet("phone", None)]
