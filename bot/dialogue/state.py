"""The dialogue states that policies see, one before each action.

A state is plain JSON: `{"user": ..., "slots": ..., "prev_action": ..., "active_loop": ...}`; empty
parts are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.conversation import LISTEN, SHOULD_NOT_BE_SET, State
from bot.domain import Domain, used_entities
from bot.events import UserSaid
from bot.slots import features
from bot.types import Entity

DialogueState = dict[str, dict[str, Any]]
UNLIKELY = "action_unlikely_intent"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOnly:
    """Slots and loops that occur in rules but in no story; learned policies do not see them."""

    slots: frozenset[str] = frozenset()
    loops: frozenset[str] = frozenset()

    def to_dict(self) -> dict[str, list[str]]:
        """Return the value as JSON."""
        return {"slots": sorted(self.slots), "loops": sorted(self.loops)}

    @classmethod
    def from_dict(cls, data: Mapping[str, list[str]]) -> RuleOnly:
        """Return the value that `to_dict` wrote."""
        return cls(slots=frozenset(data["slots"]), loops=frozenset(data["loops"]))


def state_of(state: State, domain: Domain, *, omit_unset_slots: bool = False) -> DialogueState:
    """Return what policies see of `state`."""
    loop = state.active_loop
    parts: DialogueState = {
        "user": _user_part(state, domain),
        "slots": _slots_part(state, domain, omit_unset_slots),
        "prev_action": action_part(state),
        "active_loop": {"name": loop.name} if loop else {},
    }
    return {key: part for key, part in parts.items() if part}


def is_after_listen(state: DialogueState) -> bool:
    """Tell whether the user spoke right before `state`."""
    return state.get("prev_action", {}).get("action_name") == LISTEN


def is_unlikely(state: DialogueState) -> bool:
    """Tell whether `state` follows the marker that an intent was unlikely."""
    return state.get("prev_action", {}).get("action_name") == UNLIKELY


def with_user_input(states: list[DialogueState], *, use_text: bool) -> list[DialogueState]:
    """Return `states` with the newest user turn seen by its text, or by its intent."""
    if not states or not is_after_listen(states[-1]):
        return states
    keys = ("text",) if use_text else ("intent", "entities")
    last = dict(states[-1])
    user = {key: value for key, value in last.pop("user", {}).items() if key in keys}
    if user:
        last["user"] = user
    return [*states[:-1], last]


def loop_of(state: DialogueState) -> str | None:
    """Return the name of the loop that runs in `state`."""
    name = state.get("active_loop", {}).get("name")
    return None if name == SHOULD_NOT_BE_SET else name


def base_intent(name: str | None, domain: Domain) -> str | None:
    """Return `faq` for `faq/price`: policies see only the base of a retrieval intent."""
    if name and name not in domain.intents and "/" in name:
        return name.split("/", 1)[0]
    return name


def _user_part(state: State, domain: Domain) -> dict[str, Any]:
    message = state.latest_message
    if message is None:
        return {}
    part: dict[str, Any] = {}
    if message.text and state.use_text is not False:
        part["text"] = message.text
    if not state.use_text:
        intent = base_intent(message.reading.intent.name, domain)
        if intent:
            part["intent"] = intent
        if entities := _seen_entities(message, intent, domain):
            part["entities"] = entities
    return part


def _seen_entities(message: UserSaid, intent: str | None, domain: Domain) -> list[str]:
    found = {label for entity in message.reading.entities for label in _labels(entity)}
    return sorted(found & used_entities(intent or "", domain))


def _labels(entity: Entity) -> Iterable[str]:
    yield entity.name
    for part in (entity.role, entity.group):
        if part:
            yield f"{entity.name}#{part}"


def _slots_part(state: State, domain: Domain, omit_unset: bool) -> dict[str, Any]:
    part: dict[str, Any] = {}
    for name, slot in domain.slots.items():
        if omit_unset and name not in state.slots_set:
            continue
        value = state.slots.get(name)
        numbers = features(slot, value)
        if numbers and value == SHOULD_NOT_BE_SET:
            part[name] = SHOULD_NOT_BE_SET
        elif any(numbers):
            part[name] = numbers
    return part


def action_part(state: State) -> dict[str, Any]:
    """Return the action before `state`, by name or (end to end) by text."""
    if state.latest_action_text is not None:
        return {"action_text": state.latest_action_text}
    return {"action_name": state.latest_action_name} if state.latest_action_name else {}
