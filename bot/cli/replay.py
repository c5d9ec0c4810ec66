"""Runs one test story through a trained bot, as `rasa test core` does.

Custom actions are not executed: the story's own events stand for what they return. Where a form is
predicted and the story says something else, the form's rejection is emulated and the next action is
predicted again.
"""

from __future__ import annotations

from bot.conversation import Conversation
from bot.evaluation.stories import Mismatch, StoryVerdict
from bot.events import ActionRan, ActionRejected, LoopSet, SlotSet, UserSaid
from bot.project import ActionStep, LoopStep, SlotStep, Step, Story, UserStep
from bot.training.train import TrainedBot
from bot.types import ConversationId, Decision, Intent, Reading

LISTEN = "action_listen"


def replay(story: Story, trained: TrainedBot) -> StoryVerdict:
    """Return how `story` went."""
    run = _Replay(story, trained)
    for step in story.steps:
        run.take(step)
    run.expect_action(LISTEN, story.steps[-1] if story.steps else None)
    return StoryVerdict(name=story.name, mismatches=tuple(run.mismatches))


class _Replay:
    """The conversation so far, and what differed."""

    def __init__(self, story: Story, trained: TrainedBot) -> None:
        self.story, self.trained = story, trained
        self.mismatches: list[Mismatch] = []
        self.conversation = Conversation.start(
            ConversationId(story.name), trained.domain, channel="test", sender_id="test"
        ).after(ActionRan(name=LISTEN))

    def take(self, step: Step) -> None:
        """Follow one step of the story."""
        match step:
            case UserStep():
                self._user(step)
            case ActionStep():
                self.expect_action(step.name or step.text or "", step)
            case SlotStep():
                self._add(SlotSet(name=step.name, value=step.value))
            case LoopStep():
                self._add(LoopSet(name=step.name))
            case _:
                return

    def expect_action(self, expected: str, step: Step | None) -> None:
        """Compare the predicted action with the story's, then go on with the story's."""
        decision = self.trained.dialogue.decide(self.conversation)
        if decision.action != expected and decision.action in self.trained.domain.forms:
            rejected = ActionRejected(name=decision.action)
            retried = self.trained.dialogue.decide(self.conversation.after(rejected))
            if retried.action == expected:
                self._add(rejected)
                decision = retried
        if decision.action != expected:
            self._differs(step, expected, decision.action)
        self._add(*decision.events)
        self._add(_ran(expected, decision))

    def _user(self, step: UserStep) -> None:
        if self.conversation.latest_action_name != LISTEN:
            self.expect_action(LISTEN, step)
        reading = self._reading(step)
        self._add(UserSaid(text=step.text or f"/{step.intent}", reading=reading))

    def _reading(self, step: UserStep) -> Reading:
        told = Reading(
            text=step.text or "",
            intent=Intent(name=step.intent, confidence=1.0),
            entities=step.entities,
        )
        if not step.text:
            return told
        read = self.trained.understanding.understand(step.text)
        if step.intent is not None and read.intent.name != step.intent:
            self._differs(step, f"intent {step.intent}", f"intent {read.intent.name}")
        return read if step.intent is None or read.intent.name == step.intent else told

    def _differs(self, step: Step | None, expected: str, predicted: str) -> None:
        place = step.place if step is not None else self.story.place
        self.mismatches.append(
            Mismatch(
                path=place.path if place else self.story.name,
                line=place.line if place else 0,
                expected=expected,
                predicted=predicted,
            )
        )

    def _add(self, *events: object) -> None:
        self.conversation = self.conversation.after(*events)  # type: ignore[arg-type]


def _ran(name: str, decision: Decision) -> ActionRan:
    is_same = decision.action == name
    return ActionRan(
        name=name,
        policy=decision.policy if is_same else None,
        confidence=decision.confidence if is_same else None,
        hide_rule_turn=decision.hide_rule_turn,
    )
