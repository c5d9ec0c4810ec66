"""The domain of a bot: what can be understood, remembered, done and said. Frozen values.

Slot features and response choice live with their users; this file only holds the facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SlotType = Literal["text", "bool", "categorical", "float", "list", "any"]
DEFAULT_ACTIONS = (
    "action_listen",
    "action_restart",
    "action_session_start",
    "action_default_fallback",
    "action_deactivate_loop",
    "action_revert_fallback_events",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
    "action_two_stage_fallback",
    "action_unlikely_intent",
    "action_back",
    "...",
    "action_extract_slots",
)
"""In the order of Rasa's answers; `...` stands for anything in rules."""
BUILTIN_INTENTS = ("restart", "back", "out_of_scope", "session_start", "nlu_fallback")


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentDefinition:
    """An intent; `used_entities` None means all that influence the conversation."""

    name: str
    used_entities: tuple[str, ...] | None = None
    ignored_entities: tuple[str, ...] = ()
    is_retrieval: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityDefinition:
    """An entity with its roles and groups."""

    name: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    influences_conversation: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingCondition:
    """When a mapping applies; `active_loop` None means: while no loop is active."""

    active_loop: str | None
    requested_slot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotMapping:
    """How a slot is filled from a message (Rasa slot mappings)."""

    type: Literal["from_entity", "from_text", "from_intent", "from_trigger_intent", "custom"]
    entity: str | None = None
    role: str | None = None
    group: str | None = None
    intents: tuple[str, ...] = ()
    not_intents: tuple[str, ...] = ()
    value: Any = None
    action: str | None = None
    conditions: tuple[MappingCondition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotDefinition:
    """A slot: what it remembers and whether policies see it."""

    name: str
    type: SlotType
    influences_conversation: bool = True
    initial_value: Any = None
    values: tuple[Any, ...] = ()
    """Categorical only, in the order of the domain, without `__other__`."""
    min_value: float = 0.0
    max_value: float = 1.0
    mappings: tuple[SlotMapping, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseVariation:
    """One wording of a response; `content` holds text, buttons, image and so on, unfilled."""

    content: Mapping[str, Any]
    channel: str | None = None
    conditions: tuple[tuple[str, Any], ...] = ()
    """(slot, value) pairs that must all hold."""
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDefinition:
    """A form and the slots that it asks for, in order."""

    name: str
    required_slots: tuple[str, ...] = ()
    ignored_intents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """When a new session starts; 0 minutes means never."""

    expiration_minutes: float = 60.0
    carries_over_slots: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Everything a `domain.yml` (or folder) says, in the order of the files."""

    intents: Mapping[str, IntentDefinition] = field(default_factory=dict)
    entities: Mapping[str, EntityDefinition] = field(default_factory=dict)
    slots: Mapping[str, SlotDefinition] = field(default_factory=dict)
    """User slots and the automatic ones (`requested_slot`, `session_started_metadata`)."""
    responses: Mapping[str, tuple[ResponseVariation, ...]] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    """As the user lists them, without responses and forms."""
    actions_with_domain: frozenset[str] = frozenset()
    """Those with `send_domain: true`."""
    forms: Mapping[str, FormDefinition] = field(default_factory=dict)
    e2e_actions: tuple[str, ...] = ()
    session: SessionConfig = SessionConfig()
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The merged YAML as plain JSON values, for the action server."""


def action_names(domain: Domain) -> tuple[str, ...]:
    """Return all actions of a bot, in the order of Rasa's answers."""
    answers = sorted(f"utter_{item.name}" for item in domain.intents.values() if item.is_retrieval)
    said = sorted(domain.responses)
    names = (
        *DEFAULT_ACTIONS, *domain.actions, *answers, *said, *domain.forms, *domain.e2e_actions,
    )  # fmt: skip
    return tuple(dict.fromkeys(names))


def used_entities(intent: str, domain: Domain) -> set[str]:
    """Return the entities that count beside an intent, with their roles and groups (`city#to`)."""
    definition = domain.intents.get(intent, IntentDefinition(name=intent))
    names = set(definition.used_entities or ())
    if definition.used_entities is None:
        names = {name for name, e in domain.entities.items() if e.influences_conversation}
    names -= set(definition.ignored_entities)
    labels = set(names)
    for name in names:
        if entity := domain.entities.get(name):
            labels |= {f"{name}#{part}" for part in (*entity.roles, *entity.groups)}
    return labels
