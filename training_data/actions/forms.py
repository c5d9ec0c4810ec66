"""Checks of what the customer says in the forms."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from .orders import find_order, normalise_order_number

MAX_TRIES = 3
MAX_TEXT = 300


def tries(tracker: Tracker) -> int:
    """Return how many wrong order numbers there were in a row."""
    return int(tracker.get_slot("order_tries") or 0)


class OrderFormValidation(FormValidationAction):
    """What the two forms share: the order number. Abstract: rasa-sdk registers only the forms."""

    @abstractmethod
    def name(self) -> str:
        """Return the action's name."""

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        """Ask for nothing more, which ends the form, after too many tries."""
        return [] if tries(tracker) >= MAX_TRIES else domain_slots

    def validate_order_number(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Keep the number, as FD123456, if there is such an order."""
        number = normalise_order_number(value)
        if number and find_order(number):
            return {"order_number": number, "order_tries": 0}

        count = tries(tracker) + 1
        if count < MAX_TRIES:
            if number:
                dispatcher.utter_message(response="utter_order_not_found", number=number)
            else:
                dispatcher.utter_message(response="utter_order_number_format")
        return {"order_number": None, "order_tries": count}


class ValidateTrackOrderForm(OrderFormValidation):
    """Validation of track_order_form."""

    def name(self) -> str:
        """Return the action's name."""
        return "validate_track_order_form"


class ValidateReturnForm(OrderFormValidation):
    """Validation of return_form."""

    def name(self) -> str:
        """Return the action's name."""
        return "validate_return_form"

    def validate_return_product(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Accept any name of a product; an order number, perhaps corrected, is none."""
        return {"return_product": None if normalise_order_number(value) else _clean(value)}

    def validate_return_reason(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Accept any reason; an order number, perhaps corrected, is none."""
        return {"return_reason": None if normalise_order_number(value) else _clean(value)}


def _clean(value: Any) -> str | None:
    """Return the text without surplus blanks, cut to a length, or None."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return " ".join(str(value).split())[:MAX_TEXT] or None
