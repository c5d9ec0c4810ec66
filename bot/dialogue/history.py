"""The states of one conversation, folded once and continued event by event.

A turn asks several policies several times; each would walk all events again. A `History` walks
them once, the next one continues where it ended, and only the last states are ever built.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from bot.conversation import (
    Conversation,
    State,
    add_applied,
    apply,
    initial_state,
    loops_in,
)
from bot.dialogue.state import DialogueState, RuleOnly, action_part, is_after_listen, state_of
from bot.domain import Domain
from bot.events import ActionRan, Event

KEPT_HISTORIES = 128


@dataclass(slots=True)
class Moment:
    """What was known right before an action, or is known now."""

    state: State
    index: int
    """How many applied events came before."""
    is_visible: bool
    """Whether learned policies see it; they do not see turns that only rules handle."""
    shown_action: dict[str, Any]
    """The last action as learned policies see it."""
    seen: dict[bool, DialogueState] = field(default_factory=dict)
    """The built state, by whether slots at their initial value are left out."""

    def dialogue_state(self, domain: Domain, *, omit_unset_slots: bool = False) -> DialogueState:
        """Return what policies see; not to be changed."""
        found = self.seen.get(omit_unset_slots)
        if found is None:
            found = state_of(self.state, domain, omit_unset_slots=omit_unset_slots)
            self.seen[omit_unset_slots] = found
        return found


@dataclass(slots=True)
class History:
    """A conversation as policies see it."""

    conversation: Conversation
    domain: Domain
    events: list[Event]
    """Those that still count."""
    _trail: list[State]
    """The state after each event."""
    _moments: list[Moment]
    _loops: set[str]

    @classmethod
    def of(cls, conversation: Conversation, domain: Domain, earlier: Self | None = None) -> Self:
        """Return the history of `conversation`, continuing `earlier` if that is how it began."""
        count = len(earlier.conversation.events) if earlier else 0
        loops = loops_in(conversation.events[count:])
        if (
            earlier is None
            or not loops <= earlier._loops
            or earlier.conversation.events != conversation.events[:count]
        ):
            history = cls(conversation, domain, [], [], [], loops_in(conversation.events))
            count = 0
        else:
            history = cls(
                conversation, domain, earlier.events.copy(), earlier._trail.copy(),
                earlier._moments[:-1], earlier._loops,
            )  # fmt: skip
        for event in conversation.events[count:]:
            history._add(event)
        history._moments.append(history._moment(is_hidden=False))
        return history

    def _add(self, event: Event) -> None:
        changed = add_applied(event, self._loops, self.events)
        del self._trail[changed:]
        while self._moments and self._moments[-1].index >= changed:
            self._moments.pop()
        for kept in self.events[changed:]:
            if isinstance(kept, ActionRan):
                self._moments.append(self._moment(is_hidden=kept.hide_rule_turn))
            self._trail.append(apply(self._state, kept, self.domain))

    @property
    def _state(self) -> State:
        return self._trail[-1] if self._trail else initial_state(self.domain)

    def _moment(self, *, is_hidden: bool) -> Moment:
        """Return the present; `is_hidden` tells of the action that follows."""
        state = self._state
        before = self._moments[-1] if self._moments else None
        was_hidden = before is not None and not before.is_visible
        action = before.shown_action if before and was_hidden else action_part(state)
        loop = state.active_loop.name if state.active_loop else None
        # A fixed follow-up or a form that goes on does not change whether the turn is hidden.
        if state.followup_action or state.latest_action_name == loop:
            is_hidden = was_hidden
        return Moment(
            state=state, index=len(self._trail), is_visible=not is_hidden, shown_action=action
        )

    def replayed(self) -> Conversation:
        """Return the conversation with the state that only the events that still count give."""
        return replace(self.conversation, state=self._state)

    def has_hidden(self, count: int) -> bool:
        """Tell whether the last `count` visible moments have hidden ones among or before them."""
        return any(not moment.is_visible for moment in self._moments[-count - 2 :])

    def states(
        self, *, omit_unset_slots: bool = False, limit: int | None = None
    ) -> list[DialogueState]:
        """Return the states before the last actions and the present one, at most `limit`."""
        recent = self._moments[-limit:] if limit else self._moments
        return [m.dialogue_state(self.domain, omit_unset_slots=omit_unset_slots) for m in recent]

    def visible_states(self, rule_only: RuleOnly, limit: int | None = None) -> list[DialogueState]:
        """Return what learned policies see: no turns, slots and loops that only rules handle."""
        recent = list(self._recent_visible(limit))[::-1]
        states: list[DialogueState] = []
        for moment in recent:
            states.append(self._visible(moment, rule_only, states))
        return states[-limit:] if limit else states

    def _recent_visible(self, limit: int | None) -> Iterator[Moment]:
        """Yield at least `limit` visible moments, the latest first, down to one after a listen.

        From there on every state knows what the user said.
        """
        count = 0
        for moment in reversed(self._moments):
            if not moment.is_visible:
                continue
            yield moment
            count += 1
            if limit and count >= limit and is_after_listen(moment.dialogue_state(self.domain)):
                return

    def _visible(
        self, moment: Moment, rule_only: RuleOnly, before: Sequence[DialogueState]
    ) -> DialogueState:
        seen = dict(moment.dialogue_state(self.domain))
        slots = seen.get("slots", {})
        seen["slots"] = {k: v for k, v in slots.items() if k not in rule_only.slots}
        if seen.get("active_loop", {}).get("name") in rule_only.loops:
            del seen["active_loop"]
        if before and not is_after_listen(seen):
            seen["user"] = before[-1].get("user", {})
        if moment.shown_action:
            seen["prev_action"] = moment.shown_action
        return {key: part for key, part in seen.items() if part}

    def latest_actions(self, count: int) -> list[int]:
        """Return the indices of the last actions from which on at most `count` states are visible.

        In the order of `events`.
        """
        indices: list[int] = []
        visible = 0
        for moment in reversed(self._moments):
            visible += moment.is_visible
            if visible > count:
                break
            if moment is not self._moments[-1]:
                indices.append(moment.index)
        return indices[::-1]


class Histories:
    """The latest histories by conversation, so that each continues its predecessor."""

    def __init__(self) -> None:
        """Hold none."""
        self._kept: OrderedDict[str, History] = OrderedDict()

    def of(self, conversation: Conversation, domain: Domain) -> History:
        """Return the history of `conversation`."""
        history = History.of(conversation, domain, self._kept.pop(conversation.id, None))
        self._kept[conversation.id] = history
        if len(self._kept) > KEPT_HISTORIES:
            self._kept.popitem(last=False)
        return history
