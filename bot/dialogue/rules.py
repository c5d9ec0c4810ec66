"""RulePolicy: rules, forms that go on, built-in intents and the fallback, in that precedence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.conversation import LISTEN, SHOULD_NOT_BE_SET, Conversation
from bot.dialogue import checks
from bot.dialogue.checks import BUILTIN_INTENT_ACTIONS, BUILTIN_SOURCE, LOOP_SOURCE
from bot.dialogue.examples import Example, examples, lookup_of
from bot.dialogue.history import History
from bot.dialogue.policy import Prediction
from bot.dialogue.rulebook import RuleBook, rule_key
from bot.dialogue.state import (
    DialogueState,
    RuleOnly,
    is_after_listen,
    loop_of,
    with_user_input,
)
from bot.dialogue.stories import ANYTHING, TrainingDialogue
from bot.domain import Domain
from bot.events import Event, LoopInterrupted

INTERRUPTED = "do_not_validate_loop"
LEAVE_LOOP = "do_not_predict_loop_action"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """What the rules say about a conversation."""

    action: str | None
    source: str
    is_interrupted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePolicy:
    """Predicts what rules fix; see the module for the order."""

    name: str = "RulePolicy"
    priority: int = 4
    fallback_threshold: float = 0.3
    fallback_action: str = "action_default_fallback"
    has_fallback: bool = True
    restricts_rules: bool = True
    checks_contradictions: bool = True
    uses_nlu_confidence: bool = False
    rules: RuleBook = field(default_factory=RuleBook)
    """Key of states → action."""
    loop_hints: RuleBook = field(default_factory=RuleBook)
    """Key of states inside a loop → what an unhappy path means for the loop."""
    hidden: frozenset[str] = frozenset()
    """Sources that no story uses."""
    rule_only: RuleOnly = RuleOnly()

    @classmethod
    def of(cls, name: str, settings: Mapping[str, Any]) -> RulePolicy:
        """Return the untrained policy that a configuration entry describes."""
        return cls(
            name=name,
            priority=int(settings.get("priority", 4)),
            fallback_threshold=settings.get("core_fallback_threshold", 0.3),
            fallback_action=settings.get("core_fallback_action_name", "action_default_fallback"),
            has_fallback=bool(settings.get("enable_fallback_prediction", True)),
            restricts_rules=bool(settings.get("restrict_rules", True)),
            checks_contradictions=bool(settings.get("check_for_contradictions", True)),
            uses_nlu_confidence=bool(settings.get("use_nlu_confidence_as_score", False)),
        )

    def train(self, dialogues: Sequence[TrainingDialogue], domain: Domain) -> RulePolicy:
        """Return the policy that knows the rules among `dialogues`.

        Raises:
            TrainingError: rules have several user messages, are incomplete or contradict.
        """
        rules = [d for d in dialogues if d.is_rule]
        stories = [d for d in dialogues if not d.is_rule]
        if self.restricts_rules:
            checks.check_user_messages(rules)
        rule_examples = list(examples(rules, domain, omit_unset_slots=True))
        story_examples = list(examples(stories, domain))
        trained = replace(
            self,
            rules=RuleBook.of(_rule_lookup(rule_examples)),
            loop_hints=RuleBook.of(_loop_hints([*rule_examples, *story_examples])),
            rule_only=rule_only(rule_examples, story_examples),
        )
        if self.checks_contradictions:
            checks.check_complete(rules, domain)
        return replace(trained, hidden=checks.analyse(trained, rules, stories, domain))

    def predict(self, history: History) -> Prediction:
        """Return what the rules decide."""
        conversation = history.conversation
        by_text = self._match(history, use_text=True)
        builtin = _builtin_action(conversation)
        if builtin and by_text.action is None:
            source = f"{BUILTIN_SOURCE}{conversation.latest_intent}"
            return self._prediction(conversation, builtin, source)
        if happy := _happy_path(conversation):
            action, source = happy
            return replace(self._prediction(conversation, action, source), is_no_user=True)
        if by_text.action is not None:
            found = self._prediction(conversation, by_text.action, by_text.source)
            return replace(found, is_end_to_end=True, events=_interruption(by_text))
        by_intent = self._match(history, use_text=False)
        if by_intent.action is not None:
            found = self._prediction(conversation, by_intent.action, by_intent.source)
        else:
            found = self._fallback(by_intent.source)
        return replace(found, events=_interruption(by_intent))

    def _prediction(self, conversation: Conversation, action: str, source: str) -> Prediction:
        message = conversation.latest_message
        score = 1.0
        if self.uses_nlu_confidence and message and conversation.latest_action_name == LISTEN:
            score = message.reading.intent.confidence
        # The fallback stays in the scores, for when the action turns out to be rejected.
        return replace(self._fallback(source), scores={**self.fallback_scores, action: score})

    def _fallback(self, source: str) -> Prediction:
        return Prediction(
            policy=self.name, priority=self.priority, scores=self.fallback_scores, source=source,
            hide_rule_turn=source in self.hidden,
        )  # fmt: skip

    @property
    def fallback_scores(self) -> dict[str, float]:
        """What is predicted when no rule matches."""
        return {self.fallback_action: self.fallback_threshold} if self.has_fallback else {}

    def _match(self, history: History, *, use_text: bool) -> _Match:
        if use_text and history.conversation.latest_action_name != LISTEN:
            # Whether text or intent counts was decided directly after the user spoke.
            return _Match(action=None, source="")
        limit = max(self.rules.longest, self.loop_hints.longest) + 1
        states = with_user_input(history.states(limit=limit), use_text=use_text)
        keys = self.rules.matching(states)
        # One of several matching rules contains the others, so the longest is the most specific.
        best = max(keys, key=len, default=None)
        action = self.rules.actions[best] if best is not None else None
        loop = history.conversation.loop_name
        is_interrupted = False
        if loop:
            hints = {self.loop_hints.actions[key] for key in self.loop_hints.matching(states)}
            if action == LISTEN and best is not None and not loop_of(json.loads(best)[-1]):
                # A rule that does not mention the loop returns to it instead of waiting.
                if LEAVE_LOOP not in hints:
                    return _Match(action=loop, source=best)
                action = None
            is_interrupted = INTERRUPTED in hints
        return _Match(
            action=action, source=best or rule_key(states) or "", is_interrupted=is_interrupted
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as JSON."""
        return {
            "name": self.name,
            "priority": self.priority,
            "fallback_threshold": self.fallback_threshold,
            "fallback_action": self.fallback_action,
            "has_fallback": self.has_fallback,
            "restricts_rules": self.restricts_rules,
            "checks_contradictions": self.checks_contradictions,
            "uses_nlu_confidence": self.uses_nlu_confidence,
            "rules": dict(self.rules.actions),
            "loop_hints": dict(self.loop_hints.actions),
            "hidden": sorted(self.hidden),
            "rule_only": self.rule_only.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RulePolicy:
        """Return the policy that `to_dict` wrote."""
        return cls(
            **{
                **data,
                "rules": RuleBook.of(data["rules"]),
                "loop_hints": RuleBook.of(data["loop_hints"]),
                "hidden": frozenset(data["hidden"]),
                "rule_only": RuleOnly.from_dict(data["rule_only"]),
            }
        )


def rule_only(rules: Iterable[Example], stories: Iterable[Example]) -> RuleOnly:
    """Return the slots and loops that occur in `rules` but in no story."""
    rule_slots, rule_loops = _mentioned(rules)
    story_slots, story_loops = _mentioned(stories)
    return RuleOnly(
        slots=frozenset(rule_slots - story_slots),
        loops=frozenset(rule_loops - story_loops - {SHOULD_NOT_BE_SET}),
    )


def _mentioned(found: Iterable[Example]) -> tuple[set[str], set[str]]:
    slots: set[str] = set()
    loops: set[str] = set()
    for example in found:
        for state in example.states:
            slots.update(state.get("slots", {}))
            if loop := state.get("active_loop", {}).get("name"):
                loops.add(loop)
    return slots, loops


def _rule_lookup(found: Iterable[Example]) -> dict[str, str]:
    lookup = lookup_of((rule_key(ex.states), ex.action) for ex in found)
    return {key: action for key, action in lookup.items() if action != ANYTHING}


def _loop_hints(found: Iterable[Example]) -> dict[str, str]:
    """Return what unhappy paths inside loops say about the loop's next run."""
    hints: dict[str, str] = {}
    for example in found:
        last = example.states[-1]
        loop = loop_of(last)
        key = rule_key(_unhappy_states(example.states)) if loop else None
        if key is None:
            continue
        if is_after_listen(last) and example.action == loop:
            # The loop follows an answer to another question: that answer is not for the loop.
            hints[key] = INTERRUPTED
        elif not is_after_listen(last) and example.action != loop:
            hints[key] = LEAVE_LOOP
    return hints


def _unhappy_states(states: Sequence[DialogueState]) -> list[DialogueState]:
    """Keep the last state and the action before it; what was said then does not matter."""
    if len(states) == 1 or not states[-2].get("prev_action"):
        return [states[-1]]
    return [{"prev_action": states[-2]["prev_action"]}, states[-1]]


def _builtin_action(conversation: Conversation) -> str | None:
    if conversation.latest_action_name != LISTEN or conversation.latest_message is None:
        return None
    return BUILTIN_INTENT_ACTIONS.get(conversation.latest_intent or "")


def _happy_path(conversation: Conversation) -> tuple[str, str] | None:
    loop = conversation.active_loop
    name = conversation.loop_name
    if loop is None or name is None or loop.rejected:
        return None
    if conversation.latest_action_name == name:
        return LISTEN, f"{LOOP_SOURCE}{name} - {LISTEN}"
    return name, f"{LOOP_SOURCE}{name}"


def _interruption(match: _Match) -> tuple[Event, ...]:
    return (LoopInterrupted(is_interrupted=True),) if match.is_interrupted else ()
