"""The action that tells where an order is."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from .orders import find_order, normalise_order_number, say_date, say_product


class ActionTrackOrder(Action):
    """Answer with the status of the order in the slot order_number."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_track_order"

    def run(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[dict[str, Any]]:
        """Utter the response for the order's status, utter_order_STATUS."""
        language = tracker.get_slot("language")
        number = normalise_order_number(tracker.get_slot("order_number"))
        order = find_order(number) if number else None
        if order is None:
            dispatcher.utter_message(response="utter_order_gave_up")
            return [SlotSet("order_number", None), SlotSet("order_tries", 0)]

        dispatcher.utter_message(
            response=f"utter_order_{order['status']}",
            number=number,
            product=say_product(order, language),
            carrier=order["carrier"] or "",
            tracking=order["tracking_number"] or "",
            expected=say_date(order["expected_on"], language),
            delivered=say_date(order["delivered_on"], language),
        )
        # The number is kept, so that a return of this order need not ask again.
        return [SlotSet("order_number", number), SlotSet("order_tries", 0)]
