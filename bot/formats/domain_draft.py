"""The domain while its files are read: what is known so far, and where it was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.domain import (
    Domain,
    EntityDefinition,
    FormDefinition,
    IntentDefinition,
    ResponseVariation,
    SessionConfig,
    SlotDefinition,
    SlotType,
)
from bot.project import Place
from bot.yamlsource import Node, Source

Places = dict[tuple[str, str], Place]
"""Where the parts of a domain were written, by section and name."""


_WORDS = {"intents": "intent", "entities": "entity"}


@dataclass(slots=True)
class DomainDraft:
    """The domain read so far; later files add to it."""

    intents: dict[str, IntentDefinition] = field(default_factory=dict[str, IntentDefinition])
    entities: dict[str, EntityDefinition] = field(default_factory=dict[str, EntityDefinition])
    slots: dict[str, SlotDefinition] = field(default_factory=dict[str, SlotDefinition])
    responses: dict[str, tuple[ResponseVariation, ...]] = field(
        default_factory=dict[str, tuple[ResponseVariation, ...]]
    )
    actions: dict[str, bool] = field(default_factory=dict[str, bool])
    """Name → `send_domain`."""
    forms: dict[str, FormDefinition] = field(default_factory=dict[str, FormDefinition])
    e2e_actions: list[str] = field(default_factory=list[str])
    session: SessionConfig = field(default_factory=SessionConfig)
    raw: dict[str, Any] = field(default_factory=dict[str, Any])
    places: Places = field(default_factory=dict[tuple[str, str], Place])
    is_broken: bool = False
    """A whole section could not be read, so that names are missing."""

    def finish(self) -> Domain:
        """Return the frozen domain, with the slots that always exist."""
        return Domain(
            intents=self.intents,
            entities=self.entities,
            slots=self.slots | self._automatic_slots(),
            responses=self.responses,
            actions=tuple(self.actions),
            actions_with_domain=frozenset(name for name, sends in self.actions.items() if sends),
            forms=self.forms,
            e2e_actions=tuple(self.e2e_actions),
            session=self.session,
            raw=self.raw,
        )

    def _automatic_slots(self) -> dict[str, SlotDefinition]:
        """Return the slots that nobody writes down."""
        automatic = {"session_started_metadata": hidden("session_started_metadata", "any")}
        if self.forms:
            automatic = {"requested_slot": hidden("requested_slot", "text")} | automatic
        return {name: slot for name, slot in automatic.items() if name not in self.slots}


def hidden(name: str, kind: SlotType) -> SlotDefinition:
    """Return a slot that no policy sees and no message fills."""
    return SlotDefinition(name=name, type=kind, influences_conversation=False)


def lacks_settings(
    draft: DomainDraft, source: Source, section: str, name: str, place: Node, settings: Node | None
) -> bool:
    """Return whether a `:` follows `name` without any settings, and report that.

    The name is known nevertheless: nothing that mentions it is a mistake of its own.
    """
    if settings is None or (isinstance(settings.value, dict) and settings.value):
        return False
    draft.places.setdefault((section, name), source.place(place))
    problem = f"the {_WORDS[section]} `{name}` has a `:` but no settings"
    source.error(place, problem, "remove the `:` after the name")
    return True


def is_repeated(
    draft: DomainDraft, source: Source, section: str, name: str, node: Node, *, is_error: bool
) -> bool:
    """Return whether `name` is known already, and report that.

    The same name in two files is only worth a warning, as in Rasa.
    """
    earlier = draft.places.setdefault((section, name), place := source.place(node))
    if earlier is place:
        return False
    problem = f"`{name}` is defined twice under `{section}`"
    where = f"line {earlier.line}" if earlier.path == source.path else f"`{earlier.path}`"
    tell = source.error if is_error and earlier.path == source.path else source.warn
    tell(node, problem, f"remove one; the first is in {where}")
    return True
