"""Rules as patterns over the last dialogue states, found by what happened last."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from bot.conversation import SHOULD_NOT_BE_SET
from bot.dialogue.examples import key_of
from bot.dialogue.state import DialogueState
from bot.dialogue.stories import ANYTHING

Pattern = list[DialogueState]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """What follows from states that match a pattern."""

    actions: Mapping[str, str] = field(default_factory=dict)
    """Pattern, as JSON → what follows."""
    longest: int = 0
    """The most states that a pattern looks at."""
    by_last_action: Mapping[str, Sequence[tuple[str, Pattern]]] = field(default_factory=dict)

    @classmethod
    def of(cls, actions: Mapping[str, str]) -> Self:
        """Return the book of `actions`, with its patterns indexed."""
        index: dict[str, list[tuple[str, Pattern]]] = defaultdict(list)
        longest = 0
        for key in sorted(actions):
            pattern: Pattern = json.loads(key)
            longest = max(longest, len(pattern))
            index[_last_action(pattern)].append((key, pattern))
        return cls(actions=actions, longest=longest, by_last_action=dict(index))

    def matching(self, states: Sequence[DialogueState]) -> list[str]:
        """Return the keys of all patterns that the end of a conversation matches."""
        candidates = self.by_last_action.get(_last_action(states), ())
        return [key for key, pattern in candidates if _matches(pattern, states)]


def rule_key(states: Sequence[DialogueState]) -> str | None:
    """Return the key of `states` after the last "anything" marker; None if nothing is left."""
    kept: list[DialogueState] = []
    for state in reversed(states):
        if state.get("prev_action", {}).get("action_name") == ANYTHING:
            break
        kept.append(state)
    return key_of(kept[::-1]) if kept else None


def _last_action(states: Sequence[DialogueState]) -> str:
    """Return the last action, which a pattern and what it matches have in common."""
    part: dict[str, Any] = states[-1].get("prev_action", {})
    return json.dumps(part, sort_keys=True)


def _matches(pattern: Pattern, states: Sequence[DialogueState]) -> bool:
    """Tell whether the end of the conversation's `states` has all that `pattern` mentions."""
    for wanted, state in zip(reversed(pattern), reversed(states), strict=False):
        has_action, wants_action = bool(state.get("prev_action")), bool(wanted.get("prev_action"))
        if not has_action and not wants_action:
            continue
        if has_action != wants_action or not _contains(state, wanted):
            return False
    return True


def _contains(state: DialogueState, wanted: DialogueState) -> bool:
    for part, values in wanted.items():
        present = state.get(part, {})
        for key, value in values.items():
            found = present.get(key)
            if value == SHOULD_NOT_BE_SET:
                if found and found != SHOULD_NOT_BE_SET:
                    return False
            elif value and found != value:
                return False
    return True
