"""Runs one test story through a trained bot, as `rasa test core` does.

Custom actions are not executed: the story's own events stand for what they return. Where a form is
predicted and the story says something else, the form's rejection is emulated and the next action is
predicted again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.conversation import LISTEN, SESSION_START, Conversation
from bot.dialogue.model import DialogueModel
from bot.dialogue.state import base_intent
from bot.domain import Domain
from bot.errors import BotError
from bot.evaluation.scripts import Script
from bot.evaluation.stories import (
    UNLIKELY,
    Choice,
    Mismatch,
    Pairs,
    Played,
    StoryVerdict,
    same_entities,
)
from bot.events import ActionRan, ActionRejected, Event, LoopSet, SlotSet, UserSaid
from bot.project import ActionStep, LoopStep, SlotStep, Step, UserStep
from bot.types import ConversationId, Decision, Entity, Intent, Reading

MAX_ACTIONS = 10
BREAKER_TRIPPED = "circuit breaker tripped"


class WrongPrediction(BotError):
    """A test story failed, and the caller wants to stop there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tester:
    """What a story is played against."""

    domain: Domain
    dialogue: DialogueModel
    understand: Callable[[str], Reading] | None = None
    """Reads the texts of test stories; None takes what the stories say for granted."""
    stops_at_mismatch: bool = False

    def play(self, script: Script) -> StoryVerdict:
        """Return how `script` went.

        Raises:
            WrongPrediction: something differs, and `stops_at_mismatch` is set.
        """
        run = _Run(self, script)
        for number, step in enumerate(script.steps):
            run.take(step, is_first=number == 0)
        if run.conversation.latest_action_name != LISTEN:
            run.expect_action(LISTEN, script.steps[-1] if script.steps else None)
        return run.verdict()


class _Run:
    """The conversation so far, and what differed."""

    def __init__(self, tester: Tester, script: Script) -> None:
        self.tester, self.script = tester, script
        self.domain = tester.domain
        self.mismatches: list[Mismatch] = []
        self.played: list[Played] = []
        self.pairs = Pairs()
        self.predicted = LISTEN
        self.conversation = Conversation.start(
            ConversationId(script.name), tester.domain, channel="test", sender_id="test"
        )

    def take(self, step: Step, *, is_first: bool) -> None:
        """Follow one step of the story; what opens it has nothing to be predicted from."""
        if is_first and isinstance(step, UserStep):
            self._record(ActionRan(name=LISTEN))
        match step:
            case ActionStep() if is_first:
                self._add(Played(event=_ran(step.name or step.text or "", step, None), step=step))
            case UserStep():
                self._user(step)
            case ActionStep():
                self.expect_action(step.name or step.text or "", step)
            case SlotStep():
                self._add(Played(event=SlotSet(name=step.name, value=step.value), step=step))
            case LoopStep():
                self._add(Played(event=LoopSet(name=step.name), step=step))
            case _:
                return

    def expect_action(self, expected: str, step: Step | None) -> None:
        """Compare the predicted action with the story's, then go on with the story's."""
        decision = None if self._has_tripped() else self._decide(expected)
        is_after_unlikely = False
        if decision is not None and decision.action == UNLIKELY and expected != UNLIKELY:
            # Whether an intent is likely is a hint: what comes after it is what counts.
            is_after_unlikely = True
            self._record(ActionRan(name=UNLIKELY, policy=decision.policy))
            decision = self._decide(expected)
        predicted = BREAKER_TRIPPED if decision is None else self._full_name(decision, expected)
        self.predicted = predicted
        self._note_choice(expected, predicted, decision)
        if decision is not None:
            self._record(*decision.events)
        is_wrong = predicted != expected
        note = Played(
            event=_ran(
                expected if is_wrong or decision is None else decision.action,
                step,
                None if is_wrong else decision,
            ),
            step=step,
            predicted=predicted if is_wrong else None,
            is_after_unlikely=is_after_unlikely,
        )
        self._add(note)
        if is_wrong:
            self._differs(step, expected, predicted)

    def _note_choice(self, expected: str, predicted: str, decision: Decision | None) -> None:
        choice = Choice(expected=expected, predicted=predicted)
        if decision is not None:
            choice = replace(choice, policy=decision.policy, confidence=decision.confidence)
        self.pairs = replace(self.pairs, actions=(*self.pairs.actions, choice))

    def _decide(self, expected: str) -> Decision:
        decision = self.tester.dialogue.decide(self.conversation)
        is_form = decision.action in self.domain.forms
        if decision.action == expected or not is_form:
            return decision
        if self.conversation.loop_name != decision.action:
            return decision
        # The story says something else: then the form did not accept the message.
        self._record(ActionRejected(name=decision.action))
        return self.tester.dialogue.decide(self.conversation)

    def _full_name(self, decision: Decision, expected: str) -> str:
        """Return the action's name; one of a retrieval intent with the response's key.

        A story may name only the intent's action: then that is right.
        """
        message = self.conversation.latest_message
        if decision.action == expected or message is None:
            return decision.action
        intent = decision.action.removeprefix("utter_")
        key = _response_key(message.reading, intent)
        return f"utter_{key}" if key and key.split("/", 1)[0] == intent else decision.action

    def _has_tripped(self) -> bool:
        """Tell whether the bot would have stopped: too many actions without listening."""
        if self.predicted in (LISTEN, SESSION_START):
            return False
        count = 0
        for event in reversed(self.conversation.events):
            if isinstance(event, ActionRan):
                if event.name in (LISTEN, SESSION_START):
                    break
                count += 1
        return count >= MAX_ACTIONS

    def _user(self, step: UserStep) -> None:
        if self.conversation.latest_action_name != LISTEN:
            self.expect_action(LISTEN, step)
        self.predicted = LISTEN
        told = Reading(
            text=step.text or "",
            intent=Intent(name=step.intent, confidence=1.0 if step.intent else 0.0),
            entities=step.entities,
        )
        reading, differs = told, None
        if self.tester.understand is not None:
            read = told if step.text is None else self.tester.understand(step.text)
            if step.intent is None:
                reading = read
            elif self._is_misread(step, read):
                name = _intent(read, step.intent, self.domain)
                differs = replace(read, intent=replace(read.intent, name=name))
            reading = replace(reading, response_selector=read.response_selector)
        text = step.text if step.text is not None else f"/{step.intent}"
        event = UserSaid(text=text, reading=reading)
        self._add(Played(event=event, step=step, reading=differs))

    def _is_misread(self, step: UserStep, read: Reading) -> bool:
        """Compare what was understood with what the story says."""
        expected, found = step.intent or "", _intent(read, step.intent or "", self.domain)
        self.pairs = replace(self.pairs, intents=(*self.pairs.intents, (expected, found)))
        if step.text is not None:
            entities = (step.text, step.entities, read.entities)
            self.pairs = replace(self.pairs, entities=(*self.pairs.entities, entities))
        if expected != found:
            self._differs(step, f"intent {expected}", f"intent {found}")
            return True
        if not same_entities(step.entities, read.entities):
            self._differs(step, _listed(step.entities), _listed(read.entities))
            return True
        return False

    def _differs(self, step: Step | None, expected: str, predicted: str) -> None:
        place = (step.place if step is not None else None) or self.script.place
        mismatch = Mismatch(
            path=place.path if place else self.script.name,
            line=place.line if place else 0,
            expected=expected,
            predicted=predicted,
        )
        self.mismatches.append(mismatch)
        if self.tester.stops_at_mismatch:
            raise WrongPrediction(
                f"{mismatch.path}:{mismatch.line}: {self.script.name}: expected {expected}, "
                f"predicted {predicted}; the test stops here (--fail-on-prediction-errors)"
            )

    def _add(self, played: Played) -> None:
        """Append an event of the story."""
        self.played.append(played)
        self._record(played.event)

    def _record(self, *events: Event) -> None:
        """Append events that the story does not mention."""
        self.conversation = self.conversation.after(*events)

    def verdict(self) -> StoryVerdict:
        """Return the verdict over what was played."""
        return StoryVerdict(
            name=self.script.title,
            mismatches=tuple(self.mismatches),
            played=tuple(self.played),
            pairs=self.pairs,
        )


def _intent(reading: Reading, expected: str, domain: Domain) -> str:
    """Return the intent of `reading`, with its response key where the story gives one."""
    name = reading.intent.name or ""
    if "/" not in expected or "/" in name:
        return name
    return _response_key(reading, base_intent(name, domain) or "") or name


def _response_key(reading: Reading, intent: str) -> str | None:
    """Return the response that understanding selected, such as `faq/price`."""
    selected = reading.response_selector.get(intent) or reading.response_selector.get("default")
    return ((selected or {}).get("response") or {}).get("intent_response_key")


def _listed(entities: tuple[Entity, ...]) -> str:
    shown = ", ".join(f"{entity.name}={entity.value}" for entity in entities)
    return f"entities {shown}" if shown else "no entities"


# A rule's turn is not marked as hidden: Rasa's test does not either, so that policies see it.
def _ran(name: str, step: Step | None, decision: Decision | None) -> ActionRan:
    text = name if isinstance(step, ActionStep) and step.text == name else None
    return ActionRan(
        name=None if text else name,
        action_text=text,
        policy=decision.policy if decision else None,
        confidence=decision.confidence if decision else None,
    )
