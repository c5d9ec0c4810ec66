"""Stories and rules that contradict each other, found without training what is slow."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bot.dialogue.examples import label
from bot.dialogue.history import History
from bot.dialogue.rules import RulePolicy
from bot.dialogue.state import DialogueState
from bot.dialogue.stories import TrainingDialogue, training_dialogues
from bot.domain import Domain
from bot.errors import ConfigError
from bot.events import ActionRan
from bot.project import Place, Project, Story

RULE_POLICY = "RulePolicy"
_HINT = "let the stories agree, or tell them apart by a slot or an earlier turn"


def check_rules(project: Project) -> None:
    """Train the rules alone, which finds their contradictions.

    Raises:
        TrainingError: rules contradict each other or the stories, or are incomplete.
    """
    dialogues = training_dialogues(project.stories, project.domain)
    for config in project.settings.policies:
        if config.name.rpartition(".")[2] == RULE_POLICY:
            RulePolicy.of(RULE_POLICY, config.settings).train(dialogues, project.domain)


def conflicts(project: Project, max_history: int | None = None) -> tuple[str, ...]:
    """Return one line per situation in which stories disagree: no policy can follow both.

    Args:
        project: Its stories are compared; rules are checked against them in training.
        max_history: How many states make up a situation; all of them by default.
    """
    dialogues = [d for d in training_dialogues(project.stories, project.domain) if not d.is_rule]
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    last: dict[str, DialogueState] = {}
    for dialogue in dialogues:
        for states, action in _steps(dialogue, project.domain, max_history):
            situation = json.dumps(states, sort_keys=True, ensure_ascii=False)
            last[situation] = states[-1]
            names = found[situation][action]
            if dialogue.name not in names:
                names.append(dialogue.name)
    return tuple(
        _line(project.stories, last[situation], actions)
        for situation, actions in found.items()
        if len(actions) > 1
    )


def _steps(
    dialogue: TrainingDialogue, domain: Domain, max_history: int | None
) -> Iterator[tuple[Sequence[DialogueState], str]]:
    """Iterate over the situations of a dialogue, each with the action that follows."""
    history = History.of(dialogue.conversation(domain), domain)
    states = history.states()
    actions = [event for event in history.events if isinstance(event, ActionRan)]
    for index, action in enumerate(actions):
        if not dialogue.is_learnable(action):
            continue
        first = max(0, index + 1 - max_history) if max_history else 0
        yield states[first : index + 1], label(action)


def _line(
    stories: Sequence[Story], state: DialogueState, actions: Mapping[str, Sequence[str]]
) -> str:
    """Return the message of one conflict."""
    told = "; ".join(
        f"`{action}` follows in {', '.join(f'`{name}`' for name in names)}"
        for action, names in actions.items()
    )
    place = _place(stories, next(iter(actions.values()))[0])
    problem = f"the stories conflict after {_after(state)}: {told}"
    return str(ConfigError(place.path, place.line, place.column, problem, hint=_HINT))


def _after(state: DialogueState) -> str:
    """Return what happened right before, in words."""
    action = state.get("prev_action", {})
    user = state.get("user", {})
    if action.get("action_name") == "action_listen" and user:
        kind = "intent" if "intent" in user else "text"
        return f"the {kind} `{user.get(kind)}`"
    return f"the action `{action.get('action_name') or action.get('action_text')}`"


def _place(stories: Sequence[Story], name: str) -> Place:
    """Return where a dialogue begins; one that joins several stories begins with its first."""
    names = [story for story in stories if story.place and name.startswith(story.name)]
    best = max(names, key=lambda story: len(story.name), default=None)
    return best.place if best and best.place else Place(path="data", line=1)
