"""The trained dialogue policies: train, save, load, decide."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bot.conversation import Conversation
from bot.dialogue import ensemble
from bot.dialogue.memory import MemoizationPolicy
from bot.dialogue.policy import Prediction
from bot.dialogue.rules import RulePolicy
from bot.dialogue.state import RuleOnly
from bot.dialogue.stories import training_dialogues
from bot.domain import Domain
from bot.errors import ModelError, TrainingError
from bot.project import ComponentConfig, Project
from bot.types import Decision

FORMAT = 1
FILE = "dialogue.json"
DEFAULT_POLICIES = ("MemoizationPolicy", "RulePolicy")
LEARNED_LATER = ("TEDPolicy", "UnexpecTEDIntentPolicy")
REMOVED = {
    "FallbackPolicy": "use RulePolicy with core_fallback_threshold",
    "TwoStageFallbackPolicy": "use a rule that starts action_two_stage_fallback",
    "MappingPolicy": "write a rule per intent and use RulePolicy",
    "FormPolicy": "use RulePolicy, which runs forms",
    "SklearnPolicy": "use MemoizationPolicy and RulePolicy",
}
Policy = MemoizationPolicy | RulePolicy
FOLLOWUP_POLICY = "followup_action"


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueModel:
    """What decides the next action."""

    domain: Domain
    policies: tuple[Policy, ...]
    warnings: tuple[str, ...] = ()

    @classmethod
    def train(cls, project: Project) -> Self:
        """Return the model of the project's stories and rules.

        Raises:
            TrainingError: the configuration or the rules cannot be used.
        """
        told: list[str] = []
        policies = _configured(project.settings.policies, told)
        dialogues = training_dialogues(project.stories, project.domain)
        rules = [p.train(dialogues, project.domain) for p in policies if isinstance(p, RulePolicy)]
        # Other policies must know which slots and loops only rules mention.
        only = rules[0].rule_only if rules else RuleOnly()
        trained: list[Policy] = []
        for policy in policies:
            if isinstance(policy, RulePolicy):
                trained.append(rules.pop(0))
            else:
                trained.append(policy.train(dialogues, project.domain, only))
        return cls(domain=project.domain, policies=tuple(trained), warnings=tuple(told))

    def predictions(self, conversation: Conversation) -> list[Prediction]:
        """Return every policy's prediction, in configured order."""
        return [policy.predict(conversation, self.domain) for policy in self.policies]

    def decide(self, conversation: Conversation) -> Decision:
        """Return the next action; a follow-up fixed by an event needs no policy."""
        if conversation.followup_action:
            return Decision(
                action=conversation.followup_action, confidence=1.0, policy=FOLLOWUP_POLICY
            )
        return ensemble.combine(self.predictions(conversation), conversation)

    def best(self, conversation: Conversation) -> Prediction | None:
        """Return the prediction that decides, with all its scores; None without policies."""
        return ensemble.best(self.predictions(conversation), conversation)

    def save(self, folder: Path) -> None:
        """Write the model as JSON into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        data = {
            "format": FORMAT,
            "policies": [
                {"kind": type(policy).__name__, "policy": policy.to_dict()}
                for policy in self.policies
            ],
        }
        text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / FILE).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, domain: Domain) -> Self:
        """Return the model that `save` wrote.

        Raises:
            ModelError: the file is missing, damaged or of another version.
        """
        path = folder / FILE
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                raise ModelError(f"{path}: format {data['format']}, expected {FORMAT}; train again")
            policies = tuple(_policy_from(item) for item in data["policies"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: cannot be read ({error}); train again") from error
        return cls(domain=domain, policies=policies)


def _configured(configs: Sequence[ComponentConfig], told: list[str]) -> list[Policy]:
    policies: list[Policy] = []
    for config in configs or [ComponentConfig(name=name) for name in DEFAULT_POLICIES]:
        name = config.name.rsplit(".", 1)[-1]
        if name in LEARNED_LATER:
            told.append(f"{name} has no effect yet; stories are followed by memoization only")
            warnings.warn(told[-1], stacklevel=3)
        elif name in ("MemoizationPolicy", "AugmentedMemoizationPolicy"):
            policies.append(MemoizationPolicy.of(name, config.settings))
        elif name == "RulePolicy":
            policies.append(RulePolicy.of(name, config.settings))
        else:
            hint = REMOVED.get(name, f"known are {', '.join((*DEFAULT_POLICIES, *LEARNED_LATER))}")
            raise TrainingError(f"policy '{config.name}' cannot be used; {hint}")
    return policies


def _policy_from(item: Mapping[str, Any]) -> Policy:
    kinds: dict[str, type[MemoizationPolicy] | type[RulePolicy]] = {
        "MemoizationPolicy": MemoizationPolicy,
        "RulePolicy": RulePolicy,
    }
    return kinds[item["kind"]].from_dict(item["policy"])
