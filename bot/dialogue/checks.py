"""Checks of rules at training time: messages per rule, completeness, contradictions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.conversation import LISTEN, SHOULD_NOT_BE_SET, Conversation
from bot.dialogue.examples import label
from bot.dialogue.history import History
from bot.dialogue.stories import ANYTHING, TrainingDialogue
from bot.domain import Domain
from bot.errors import TrainingError
from bot.events import ActionRan, ActionRejected, LoopSet, SlotSet, UserSaid
from bot.slots import features

if TYPE_CHECKING:
    from bot.dialogue.rules import RulePolicy

BUILTIN_INTENT_ACTIONS = {
    "restart": "action_restart",
    "back": "action_back",
    "session_start": "action_session_start",
}
LOOP_SOURCE = "loop: "
BUILTIN_SOURCE = "built-in intent: "


def builtin_sources(domain: Domain) -> set[str]:
    """Return the sources of decisions that need no rule."""
    loops = {f"{LOOP_SOURCE}{form}" for form in domain.forms}
    listens = {f"{loop} - {LISTEN}" for loop in loops}
    return loops | listens | {f"{BUILTIN_SOURCE}{intent}" for intent in BUILTIN_INTENT_ACTIONS}


def check_user_messages(rules: Sequence[TrainingDialogue]) -> None:
    """Refuse rules with more than one user message.

    Raises:
        TrainingError: naming the rules.
    """
    long = sorted({r.name for r in rules if sum(isinstance(e, UserSaid) for e in r.events) > 1})
    if long:
        names = ", ".join(f"'{name}'" for name in long)
        raise TrainingError(
            f"Found rules {names} that contain more than 1 user message. A rule is one short "
            "exchange; write longer dialogues as stories."
        )


def check_complete(rules: Sequence[TrainingDialogue], domain: Domain) -> None:
    """Refuse rules that leave out what another rule says an action sets.

    Raises:
        TrainingError: naming rule, action and what is missing.
    """
    effects = _effects(rules, domain)
    problems: list[str] = []
    for rule in rules:
        for problem in _missing(rule, effects, domain):
            if problem not in problems:
                problems.append(problem)
    if problems:
        lines = "\n".join(f"- {problem}" for problem in problems)
        raise TrainingError(
            f"Incomplete rules found\n{lines}\n"
            "If slots or active loops should not be set, set them to 'null' in the rules."
        )


@dataclass(slots=True)
class _Effects:
    """What an action sets in the rules."""

    slots: set[str]
    loops: set[str | None]


def _effects(rules: Sequence[TrainingDialogue], domain: Domain) -> dict[str, _Effects]:
    found: dict[str, _Effects] = defaultdict(lambda: _Effects(set(), set()))
    for rule in rules:
        action: str | None = None
        for event in rule.events:
            match event:
                case ActionRan():
                    action = label(event)
                case UserSaid():
                    # Slots that entities fill are not the waiting action's doing.
                    action = None
                case SlotSet(name=name) if action and _is_seen(name, domain):
                    found[action].slots.add(name)
                case LoopSet(name=name) if action:
                    found[action].loops.add(name)
                case _:
                    pass
    return found


def _is_seen(slot_name: str, domain: Domain) -> bool:
    slot = domain.slots.get(slot_name)
    return slot is not None and bool(features(slot, None))


def _missing(rule: TrainingDialogue, effects: dict[str, _Effects], domain: Domain) -> Iterator[str]:
    history = History.of(rule.conversation(domain), domain)
    states = history.states()
    actions = [label(e) for e in history.events if isinstance(e, ActionRan)]
    for state, following in zip(states[1:], [*actions[1:], LISTEN], strict=False):
        action = state.get("prev_action", {}).get("action_name", "")
        effect = effects.get(action)
        if effect is None or ANYTHING in (action, following):
            continue
        kind = "form" if action in domain.forms else "action"
        lost = sorted(effect.slots - set(state.get("slots", {})))
        if lost:
            yield _incomplete(kind, action, rule, "slots", lost)
        loop = state.get("active_loop", {}).get("name")
        if effect.loops and loop not in effect.loops:
            names = sorted("null" if n in (None, SHOULD_NOT_BE_SET) else n for n in effect.loops)
            yield _incomplete(kind, action, rule, "active_loop", names)


def _incomplete(kind: str, action: str, rule: TrainingDialogue, what: str, names: list[str]) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    return (
        f"{rule.begins}the {kind} '{action}' in rule '{rule.name}' does not set the '{what}', "
        f"that it sets in other rules: {listed}. Update the rule with the '{what}', or if it is "
        "the last action add 'wait_for_user_input: false' after this action."
    )


def analyse(
    policy: RulePolicy,
    rules: Sequence[TrainingDialogue],
    stories: Sequence[TrainingDialogue],
    domain: Domain,
) -> frozenset[str]:
    """Return the sources of decisions that no story needs.

    Raises:
        TrainingError: rules contradict rules or stories (unless the policy does not check).
    """
    sources: dict[str, list[tuple[str, str]]] = defaultdict(list)
    steps = [step for d in (*rules, *stories) for step in _steps(policy, d, domain)]
    for step in steps:
        if not step.dialogue.is_rule or not step.source:
            continue
        if step.is_builtin:
            sources[step.source].append((step.source, step.predicted or ""))
        else:
            sources[step.source].append((step.dialogue.name, step.wanted))
    if policy.checks_contradictions:
        _refuse_contradictions(policy, steps, sources)
    used = {s.source for s in steps if not s.dialogue.is_rule and s.predicted == s.wanted}
    return frozenset((set(sources) | set(policy.rules.actions) | builtin_sources(domain)) - used)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """One action of a training dialogue and what the rules predict there."""

    dialogue: TrainingDialogue
    wanted: str
    predicted: str | None
    source: str
    is_builtin: bool


def _steps(policy: RulePolicy, dialogue: TrainingDialogue, domain: Domain) -> Iterator[_Checked]:
    running = Conversation.start(dialogue.name, domain)
    history: History | None = None
    is_first, after_anything = True, False
    for event in dialogue.conversation(domain).applied_events():
        if isinstance(event, ActionRan):
            if event.name == ANYTHING:
                after_anything = True
            elif after_anything or is_first or not dialogue.is_learnable(event):
                after_anything = False
            else:
                history = History.of(running, domain, history)
                if _would_run_loop(policy, history, event):
                    running = running.after(ActionRejected(name=running.loop_name or ""))
                    history = History.of(running, domain, history)
                yield _checked(policy, dialogue, history, event)
            is_first = False
        running = running.after(event)


def _would_run_loop(policy: RulePolicy, history: History, event: ActionRan) -> bool:
    """Tell whether the rules go on with the loop although the dialogue does something else.

    Then the dialogue is an unhappy path, where the loop has rejected the message.
    """
    loop = history.conversation.loop_name
    return bool(loop) and label(event) != loop and policy.predict(history).action == loop


def _checked(
    policy: RulePolicy, dialogue: TrainingDialogue, history: History, event: ActionRan
) -> _Checked:
    prediction = policy.predict(history)
    is_default = prediction.scores == policy.fallback_scores
    predicted = prediction.action if dialogue.is_rule or not is_default else None
    source = prediction.source or ""
    return _Checked(
        dialogue=dialogue,
        wanted=label(event),
        predicted=predicted,
        source=source,
        is_builtin=source.startswith((LOOP_SOURCE, BUILTIN_SOURCE)),
    )


def _refuse_contradictions(
    policy: RulePolicy, steps: Sequence[_Checked], sources: dict[str, list[tuple[str, str]]]
) -> None:
    problems: list[str] = []
    for step in steps:
        if step.predicted is None or step.predicted == step.wanted:
            continue
        others = {name for name, wanted in sources[step.source] if wanted != step.wanted}
        if not others:
            continue
        problem = _contradiction(policy, step, sorted(others))
        if problem not in problems:
            problems.append(problem)
    if problems:
        lines = "\n".join(f"- {problem}" for problem in problems)
        raise TrainingError(
            f"Contradicting rules or stories found\n{lines}\n"
            "Update the stories and rules so that they do not contradict each other."
        )


def _contradiction(policy: RulePolicy, step: _Checked, others: list[str]) -> str:
    kind = "rule" if step.dialogue.is_rule else "story"
    names = ", ".join(f"'{name}'" for name in others)
    said = (
        ""
        if step.predicted == policy.fallback_action
        else (f" which predicted action '{step.predicted}'")
    )
    return (
        f"{step.dialogue.begins}the prediction of the action '{step.wanted}' in {kind} "
        f"'{step.dialogue.name}' is contradicting with rule(s) {names}{said}."
    )
