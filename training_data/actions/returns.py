"""The action that registers a return."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from .orders import (
    add_return,
    find_order,
    find_return,
    is_returnable,
    normalise_order_number,
    say_date,
)


class ActionSubmitReturn(Action):
    """Register the return that the form has collected."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_submit_return"

    def run(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[dict[str, Any]]:
        """Answer with the return's number, or why there is none."""
        number = normalise_order_number(tracker.get_slot("order_number"))
        product = tracker.get_slot("return_product")
        reason = tracker.get_slot("return_reason")
        order = find_order(number) if number else None

        if order is None or not product or not reason:
            dispatcher.utter_message(response="utter_order_gave_up")
        elif order["status"] in ("cancelled", "returned"):
            dispatcher.utter_message(response="utter_return_closed", number=number)
        elif order["status"] != "delivered":
            dispatcher.utter_message(response="utter_return_not_delivered", number=number)
        elif not is_returnable(order["delivered_on"]):
            dispatcher.utter_message(
                response="utter_return_too_late",
                number=number,
                delivered=say_date(order["delivered_on"], tracker.get_slot("language")),
            )
        elif known := find_return(number, product):
            dispatcher.utter_message(
                response="utter_return_exists", number=number, return_number=known
            )
        else:
            dispatcher.utter_message(
                response="utter_return_registered",
                number=number,
                product=product,
                return_number=add_return(number, product, reason),
            )
        return [
            SlotSet("order_number", None),
            SlotSet("return_product", None),
            SlotSet("return_reason", None),
            SlotSet("order_tries", 0),
        ]
