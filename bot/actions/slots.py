"""`action_extract_slots`: slots filled from the latest message by their mappings."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from bot.actions.action import Rejected, World
from bot.conversation import REQUESTED_SLOT, Conversation
from bot.dialogue.state import base_intent
from bot.domain import Domain, FormDefinition, MappingCondition, SlotDefinition, SlotMapping
from bot.errors import ActionError
from bot.events import BotSaid, Event, SlotSet

_log = logging.getLogger(__name__)
AUTOMATIC_SLOTS = ("requested_slot", "session_started_metadata")
VALIDATE_ACTION = "action_validate_slot_mappings"


async def extract_slots(conversation: Conversation, world: World) -> list[Event]:
    """Return the slots that the latest message fills, in the order of the domain."""
    events: list[Event] = []
    called: set[str] = set()
    for slot in world.domain.slots.values():
        if slot.name in AUTOMATIC_SLOTS:
            continue
        for mapping in slot.mappings:
            if not applies(mapping, slot, conversation, world.domain):
                continue
            if mapping.type == "custom":
                if mapping.action and mapping.action not in called:
                    called.add(mapping.action)
                    events += await _call(mapping.action, conversation, world)
                continue
            values = _values(mapping, conversation)
            if not values:
                continue
            value = values if slot.type == "list" else values[-1]
            if value is not None or conversation.slots.get(slot.name) is not None:
                events.append(SlotSet(name=slot.name, value=value))
            break
    return await _validated(events, conversation, world)


def applies(
    mapping: SlotMapping, slot: SlotDefinition, conversation: Conversation, domain: Domain
) -> bool:
    """Tell whether `mapping` may fill `slot` now."""
    return (
        _is_known(mapping, domain)
        and _intent_fits(mapping, conversation, domain)
        and _condition_holds(mapping, slot, conversation)
        and _is_unambiguous(mapping, slot, conversation, domain)
    )


def _is_known(mapping: SlotMapping, domain: Domain) -> bool:
    if mapping.type == "from_entity":
        return mapping.entity in domain.entities
    return True


def _intent_fits(mapping: SlotMapping, conversation: Conversation, domain: Domain) -> bool:
    intent = base_intent(conversation.latest_intent, domain)
    full = conversation.latest_intent
    if mapping.intents:
        return intent in mapping.intents or full in mapping.intents
    refused = set(mapping.not_intents)
    form = _active_form(conversation, domain)
    loops = [condition.active_loop for condition in mapping.conditions]
    if form and (not loops or form.name in loops):
        refused |= set(form.ignored_intents)
    return intent not in refused and full not in refused


def _condition_holds(
    mapping: SlotMapping, slot: SlotDefinition, conversation: Conversation
) -> bool:
    loop = conversation.active_loop
    if mapping.type == "from_trigger_intent":
        loops = [condition.active_loop for condition in mapping.conditions]
        return loop is not None and (not loops or loop.name in loops)
    if not mapping.conditions:
        return True
    requested = conversation.slots.get(REQUESTED_SLOT)
    if loop and loop.rejected and requested == slot.name:
        return False
    name = conversation.loop_name
    return any(_holds(condition, name, requested) for condition in mapping.conditions)


def _holds(condition: MappingCondition, loop: str | None, requested: Any) -> bool:
    if condition.active_loop is None:
        return loop is None
    return condition.active_loop == loop and condition.requested_slot in (None, requested)


def _is_unambiguous(
    mapping: SlotMapping, slot: SlotDefinition, conversation: Conversation, domain: Domain
) -> bool:
    """Tell whether an entity that was not asked for can only mean this slot of the form."""
    form = _active_form(conversation, domain)
    if mapping.type != "from_entity" or form is None or slot.name not in form.required_slots:
        return True
    if conversation.slots.get(REQUESTED_SLOT) == slot.name:
        return True
    others = (domain.slots[n] for n in form.required_slots if n != slot.name and n in domain.slots)
    return not any(mapping in other.mappings for other in others)


def _active_form(conversation: Conversation, domain: Domain) -> FormDefinition | None:
    return domain.forms.get(conversation.loop_name or "")


def _values(mapping: SlotMapping, conversation: Conversation) -> list[Any]:
    message = conversation.latest_message
    if message is None:
        return []
    match mapping.type:
        case "from_entity":
            wanted = (mapping.entity, mapping.role, mapping.group)
            return [
                e.value for e in message.reading.entities if (e.name, e.role, e.group) == wanted
            ]
        case "from_text":
            return [message.text]
        case "from_intent" | "from_trigger_intent":
            return [mapping.value]
        case _:
            return []


async def _call(name: str, conversation: Conversation, world: World) -> list[Event]:
    """Run a custom extraction; only slots and messages count, and failures do not stop the turn."""
    if world.server is None:
        _note(world, name, "no action server is configured")
        return []
    try:
        events = await world.server.run(name, conversation, world)
    except (ActionError, Rejected) as error:
        _note(world, name, str(error))
        return []
    kept = [event for event in events if isinstance(event, SlotSet | BotSaid)]
    if len(kept) < len(events):
        _log.info("%s may only set slots and say something; its other events are dropped", name)
    return list(kept)


def _note(world: World, name: str, problem: str) -> None:
    _log.warning("%s failed: %s", name, problem)
    world.notes[name] = problem


async def _validated(events: list[Event], conversation: Conversation, world: World) -> list[Event]:
    if not world.lists(VALIDATE_ACTION):
        return events
    candidates = slot_events(events)
    validated = await _call(VALIDATE_ACTION, conversation.after(*candidates), world)
    names = {event.name for event in slot_events(validated)}
    # As in Rasa, messages of custom extractions are lost when there is a validation.
    return [*validated, *(event for event in candidates if event.name not in names)]


def slot_events(events: Iterable[Event]) -> list[SlotSet]:
    """Return the slots among `events`."""
    return [event for event in events if isinstance(event, SlotSet)]
