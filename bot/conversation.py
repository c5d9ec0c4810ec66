"""A conversation: its events, and the state that follows from them. Standard library only.

`apply` is the one place where state changes. Folding event by event (`Conversation.after`) is what
happens while a turn runs; `Conversation.replayed` folds only the events that still count, which is
what a reader of a stored conversation sees.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.events import (
    ActionRan,
    ActionRejected,
    EntitiesFound,
    Event,
    FollowupSet,
    HistoryReplaced,
    LoopInterrupted,
    LoopSet,
    Paused,
    Restarted,
    Resumed,
    Rewound,
    SessionStarted,
    SlotSet,
    SlotsReset,
    Undone,
    UserFeaturized,
    UserSaid,
)
from bot.types import ConversationId

LISTEN = "action_listen"
SESSION_START = "action_session_start"
REQUESTED_SLOT = "requested_slot"
SHOULD_NOT_BE_SET = "should_not_be_set"
"""Value of a slot or loop that a rule requires to be absent; only in training."""

Verbosity = Literal["NONE", "APPLIED", "AFTER_RESTART", "ALL"]


class SlotFacts(Protocol):
    """What a conversation needs to know of a slot."""

    @property
    def type(self) -> str:
        """Slot type; only `list` matters here."""
        ...

    @property
    def initial_value(self) -> Any:
        """Value before anything sets the slot."""
        ...


class DomainFacts(Protocol):
    """What a conversation needs to know of a domain."""

    @property
    def slots(self) -> Mapping[str, SlotFacts]:
        """The slots by name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveLoop:
    """The form, or other loop, that is running."""

    name: str
    is_interrupted: bool = False
    rejected: bool = False
    trigger_message: UserSaid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What follows from the events."""

    slots: Mapping[str, Any]
    slots_set: frozenset[str] = frozenset()
    """Slots that an event set, as opposed to those at their initial value."""
    active_loop: ActiveLoop | None = None
    latest_message: UserSaid | None = None
    heard: UserSaid | None = None
    """The latest message without what was found out about it later."""
    use_text: bool | None = None
    """Whether the policies used the latest message's text; None before they decided."""
    latest_action_name: str | None = None
    latest_action_text: str | None = None
    followup_action: str | None = LISTEN
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """An immutable conversation; `after` gives the next one."""

    id: ConversationId
    channel: str
    sender_id: str
    domain: DomainFacts = field(repr=False)
    events: tuple[Event, ...] = ()
    state: State = field(repr=False)

    @classmethod
    def start(
        cls,
        conversation_id: ConversationId | str,
        domain: DomainFacts,
        *,
        channel: str = "",
        sender_id: str = "",
    ) -> Conversation:
        """Return a conversation without events."""
        return cls(
            id=ConversationId(conversation_id),
            channel=channel,
            sender_id=sender_id or conversation_id,
            domain=domain,
            state=initial_state(domain),
        )

    @classmethod
    def of(
        cls,
        conversation_id: ConversationId | str,
        events: Iterable[Event],
        domain: DomainFacts,
        *,
        channel: str = "",
        sender_id: str = "",
    ) -> Conversation:
        """Return the conversation that has `events`, without what was replaced."""
        start = cls.start(conversation_id, domain, channel=channel, sender_id=sender_id)
        return start.after(*_since_replaced(tuple(events)))

    def after(self, *events: Event) -> Conversation:
        """Return this conversation with `events` appended."""
        state, seen = self.state, list(self.events)
        for event in events:
            seen.append(event)
            if isinstance(event, Rewound | Undone):
                state = fold(applied_events(seen), self.domain)
            else:
                state = apply(state, event, self.domain)
        return replace(self, events=tuple(seen), state=state)

    def replayed(self) -> Conversation:
        """Return this conversation with the state that only the applied events give."""
        return replace(self, state=fold(self.applied_events(), self.domain))

    def applied_events(self) -> tuple[Event, ...]:
        """Return the events that still count; see the function `applied_events`."""
        return applied_events(self.events)

    def events_after_restart(self) -> tuple[Event, ...]:
        """Return the events after the last restart."""
        for index in range(len(self.events) - 1, -1, -1):
            if isinstance(self.events[index], Restarted):
                return self.events[index + 1 :]
        return self.events

    def since_restart(self) -> Conversation:
        """Return only what followed the last restart, with the state that it gives on its own."""
        start = replace(self, events=(), state=initial_state(self.domain))
        return start.after(*self.events_after_restart())

    def current_session(self) -> Conversation:
        """Return only the latest session, from the action that started it."""
        return self.sessions()[-1] if self.events else self

    def sessions(self) -> tuple[Conversation, ...]:
        """Return the conversation's sessions, oldest first; an empty one has none."""
        starts = [index for index, e in enumerate(self.events) if _ran(e, SESSION_START)]
        bounds = [0, *(start for start in starts if start > 0), len(self.events)]
        pairs = itertools.pairwise(bounds)
        return tuple(
            replace(self, events=self.events[first:last]) for first, last in pairs if last > first
        )

    def until(self, timestamp_s: float) -> Conversation:
        """Return the conversation as it was at a time, in seconds since 1970."""
        kept = [event for event in self.events if event.at.timestamp() <= timestamp_s]
        start = replace(self, events=(), state=initial_state(self.domain))
        return start.after(*kept)

    def since_user(self) -> tuple[Event, ...]:
        """Return the events after the latest user message."""
        for index in range(len(self.events) - 1, -1, -1):
            if isinstance(self.events[index], UserSaid):
                return self.events[index + 1 :]
        return self.events

    @property
    def slots(self) -> Mapping[str, Any]:
        """The slots' values."""
        return self.state.slots

    @property
    def active_loop(self) -> ActiveLoop | None:
        """The running loop."""
        return self.state.active_loop

    @property
    def loop_name(self) -> str | None:
        """The running loop's name."""
        loop = self.state.active_loop
        return loop.name if loop and loop.name != SHOULD_NOT_BE_SET else None

    @property
    def latest_message(self) -> UserSaid | None:
        """The last user message that counts."""
        return self.state.latest_message

    @property
    def latest_intent(self) -> str | None:
        """The last user message's intent."""
        message = self.state.latest_message
        return message.reading.intent.name if message else None

    @property
    def latest_action_name(self) -> str | None:
        """The last action's name; None for an end-to-end text."""
        return self.state.latest_action_name

    @property
    def followup_action(self) -> str | None:
        """The action that an event fixed as the next, unless it refused to run."""
        followup = self.state.followup_action
        for event in reversed(self.events if followup else ()):
            if isinstance(event, ActionRejected) and event.name == followup:
                return None
            if isinstance(event, FollowupSet | Restarted):
                break
        return followup

    @property
    def paused(self) -> bool:
        """Whether the bot stopped deciding."""
        return self.state.paused

    @property
    def latest_input_channel(self) -> str | None:
        """Channel of the last user message."""
        return next((e.channel for e in reversed(self.events) if isinstance(e, UserSaid)), None)

    @property
    def latest_event_time(self) -> datetime | None:
        """When the last event happened."""
        return self.events[-1].at if self.events else None

    def tracker_dict(
        self,
        event_json: Callable[[Event], Mapping[str, Any]],
        verbosity: Verbosity = "AFTER_RESTART",
    ) -> dict[str, Any]:
        """Return Rasa's tracker JSON.

        Args:
            event_json: makes one event's JSON; its `parse_data` is used for messages.
            verbosity: which events to include.
        """
        time = self.latest_event_time
        return {
            "sender_id": self.sender_id,
            "slots": dict(self.slots),
            "latest_message": _message_json(self.latest_message, event_json),
            "latest_event_time": time.timestamp() if time else None,
            "followup_action": self.followup_action,
            "paused": self.paused,
            "events": self._events_json(event_json, verbosity),
            "latest_input_channel": self.latest_input_channel,
            "active_loop": self._loop_json(event_json),
            "latest_action": self._action_json(),
            "latest_action_name": self.latest_action_name or self.state.latest_action_text,
        }

    def _events_json(
        self, event_json: Callable[[Event], Mapping[str, Any]], verbosity: Verbosity
    ) -> list[Mapping[str, Any]] | None:
        match verbosity:
            case "NONE":
                return None
            case "APPLIED":
                chosen = self.applied_events()
            case "AFTER_RESTART":
                chosen = self.events_after_restart()
            case _:
                chosen = self.events
        return [event_json(event) for event in chosen]

    def _loop_json(self, event_json: Callable[[Event], Mapping[str, Any]]) -> dict[str, Any]:
        loop = self.active_loop
        if loop is None:
            return {}
        return {
            "name": loop.name,
            "is_interrupted": loop.is_interrupted,
            "rejected": loop.rejected,
            "trigger_message": _message_json(loop.trigger_message, event_json),
        }

    def _action_json(self) -> dict[str, Any]:
        if self.state.latest_action_text is not None:
            return {"action_text": self.state.latest_action_text}
        name = self.latest_action_name
        return {"action_name": name} if name else {}


def _since_replaced(events: tuple[Event, ...]) -> tuple[Event, ...]:
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], HistoryReplaced):
            return events[index + 1 :]
    return events


def initial_state(domain: DomainFacts) -> State:
    """Return the state before any event."""
    return State(slots=_initial_slots(domain))


def fold(events: Iterable[Event], domain: DomainFacts) -> State:
    """Return the state after `events`, each applied once."""
    state = initial_state(domain)
    for event in events:
        state = apply(state, event, domain)
    return state


def apply(state: State, event: Event, domain: DomainFacts) -> State:
    """Return `state` after `event`; undoing events have no effect of their own here."""
    match event:
        case UserSaid() | UserFeaturized() | EntitiesFound():
            return _after_message(state, event)
        case ActionRan():
            return _after_action(state, event)
        case SlotSet():
            return _after_slot(state, event, domain)
        case SlotsReset():
            return replace(state, slots=_initial_slots(domain), slots_set=frozenset())
        case LoopSet() | LoopInterrupted() | ActionRejected():
            return _after_loop(state, event)
        case SessionStarted():
            return initial_state(domain)
        case Restarted():
            return replace(initial_state(domain), followup_action=SESSION_START)
        case FollowupSet(name=name):
            return replace(state, followup_action=name)
        case Paused() | Resumed():
            return replace(state, paused=isinstance(event, Paused))
        case _:
            return state


def applied_events(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return those of `events` that still count.

    A restart or session start drops what was before; an undo drops the last action and what
    followed; a rewind drops the last user message and the action before it. Repeated executions of
    a form within one happy path collapse to the first, so that policies see the same history
    whatever the number of slots the user filled one by one.
    """
    events = tuple(events)
    loops = loops_in(events)
    done: list[Event] = []
    for event in events:
        add_applied(event, loops, done)
    return tuple(done)


def loops_in(events: Iterable[Event]) -> set[str]:
    """Return the names of the loops that `events` start."""
    return {event.name for event in events if isinstance(event, LoopSet) and event.name}


def add_applied(event: Event, loops: set[str], done: list[Event]) -> int:
    """Let `event` count in `done`, the applied events so far; return the first index that changed.

    Readers that fold event by event thus know what to fold again.
    """
    if isinstance(event, Restarted | SessionStarted):
        done.clear()
        return 0
    if isinstance(event, Undone):
        _drop_through(ActionRan, done)
        return len(done)
    if isinstance(event, Rewound):
        # A user turn is always preceded by the `action_listen` that waited for it.
        _drop_through(UserSaid, done)
        _drop_through(ActionRan, done)
        return len(done)
    if _is_repetition(event, loops, done):
        assert isinstance(event, ActionRan)
        return _drop_turns_since(event.name, done)
    done.append(event)
    return len(done) - 1


def _is_repetition(event: Event, loops: set[str], done: list[Event]) -> bool:
    return isinstance(event, ActionRan) and event.name in loops and _ran_before(event.name, done)


def _ran_before(loop: str | None, done: list[Event]) -> bool:
    """Tell whether `loop` ran already in the current, uninterrupted, run of the loop."""
    following: str | None = None
    for event in reversed(done):
        if isinstance(event, LoopSet) and event.name is None:
            return False
        if isinstance(event, ActionRejected) and event.name == loop:
            return False
        # Training data has no rejections: another action right after the user means the same.
        if isinstance(event, UserSaid) and following is not None and following != loop:
            return False
        if isinstance(event, ActionRan):
            if event.name == loop:
                return True
            following = event.name
    return False


def _drop_through(kind: type[Any], done: list[Event]) -> None:
    """Remove events from the end of `done` up to and including the last one of `kind`."""
    while done and not isinstance(done.pop(), kind):
        pass


def _drop_turns_since(loop: str | None, done: list[Event]) -> int:
    """Remove user turns and actions after the last run of `loop`, keeping what they changed.

    Returns the index after that run.
    """
    start = len(done) - 1
    while start >= 0 and not _ran(done[start], loop):
        start -= 1
    done[start + 1 :] = [
        event
        for event in done[start + 1 :]
        if not isinstance(event, ActionRan | UserSaid | UserFeaturized)
    ]
    return start + 1


def _ran(event: Event, name: str | None) -> bool:
    return isinstance(event, ActionRan) and event.name == name


def _after_message(state: State, event: UserSaid | UserFeaturized | EntitiesFound) -> State:
    """Return `state` after a message, or after what was found out about the latest one."""
    match event:
        case UserSaid():
            return replace(
                state, latest_message=event, heard=event, use_text=None, followup_action=None
            )
        case _ if state.latest_action_name != LISTEN:
            # Only a message that was waited for can be seen in another way afterwards.
            return state
        case UserFeaturized(use_text=use_text):
            return replace(state, use_text=use_text)
        case EntitiesFound(entities=entities) if state.latest_message:
            reading = state.latest_message.reading
            reading = replace(reading, entities=(*reading.entities, *entities))
            return replace(state, latest_message=replace(state.latest_message, reading=reading))
        case _:
            return state


def _after_action(state: State, event: ActionRan) -> State:
    loop = state.active_loop
    if loop is not None:
        same = loop.name == event.name
        loop = replace(loop, is_interrupted=False, rejected=loop.rejected and not same)
    return replace(
        state,
        active_loop=loop,
        latest_action_name=event.name,
        latest_action_text=None if event.name else event.action_text,
        followup_action=None,
    )


def _after_loop(state: State, event: LoopSet | LoopInterrupted | ActionRejected) -> State:
    """Return `state` after its loop began, ended, was interrupted or refused to run."""
    match event:
        case LoopSet(name=name):
            loop = ActiveLoop(name=name, trigger_message=state.heard) if name else None
            return replace(state, active_loop=loop)
        case LoopInterrupted(is_interrupted=value) if state.active_loop:
            return replace(state, active_loop=replace(state.active_loop, is_interrupted=value))
        case ActionRejected(name=name) if state.active_loop and state.active_loop.name == name:
            return replace(state, active_loop=replace(state.active_loop, rejected=True))
        case _:
            return state


def _after_slot(state: State, event: SlotSet, domain: DomainFacts) -> State:
    slot = domain.slots.get(event.name)
    if slot is None:
        return state
    value = event.value
    if slot.type == "list" and value and not isinstance(value, list | tuple):
        value = [value]
    return replace(
        state,
        slots={**state.slots, event.name: value},
        slots_set=state.slots_set | {event.name},
    )


def _initial_slots(domain: DomainFacts) -> dict[str, Any]:
    return {name: slot.initial_value for name, slot in domain.slots.items()}


def _message_json(
    message: UserSaid | None, event_json: Callable[[Event], Mapping[str, Any]]
) -> dict[str, Any]:
    if message is None:
        return {"intent": {}, "entities": [], "text": None, "message_id": None, "metadata": {}}
    return dict(event_json(message).get("parse_data") or {})
