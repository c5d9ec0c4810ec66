"""The trained dialogue policies: train, save, load, decide."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from bot.conversation import Conversation
from bot.dialogue import ensemble
from bot.dialogue.augment import augmented
from bot.dialogue.encoder import Encoder
from bot.dialogue.history import Histories, History
from bot.dialogue.learning import INSTALL, LearnedPolicy, Learner, Progress, missing_packages
from bot.dialogue.memory import MemoizationPolicy
from bot.dialogue.options import TED, UNEXPECTED, idle_keys
from bot.dialogue.policy import Prediction
from bot.dialogue.rules import RulePolicy
from bot.dialogue.state import RuleOnly
from bot.dialogue.stories import training_dialogues
from bot.dialogue.ted import TedPolicy
from bot.dialogue.unexpected import UnexpectedIntentPolicy
from bot.dialogue.vocabulary import Embed
from bot.domain import Domain, action_names
from bot.errors import ModelError, TrainingError
from bot.project import ComponentConfig, Project
from bot.types import Decision
from knowledge.languages import BilingualEmbedder

_log = logging.getLogger(__name__)
FORMAT = 2
FILE = "dialogue.json"
RULES = "RulePolicy"
MEMORIES = ("MemoizationPolicy", "AugmentedMemoizationPolicy")
LEARNED = (TED, UNEXPECTED)
AUGMENTATION = 50
REMOVED = {
    "FallbackPolicy": "use RulePolicy with core_fallback_threshold",
    "TwoStageFallbackPolicy": "use a rule that starts action_two_stage_fallback",
    "MappingPolicy": "write a rule per intent and use RulePolicy",
    "FormPolicy": "use RulePolicy, which runs forms",
    "SklearnPolicy": "use MemoizationPolicy and RulePolicy",
}
Policy = MemoizationPolicy | RulePolicy | LearnedPolicy
_DEFAULT_CONFIGS = tuple(ComponentConfig(name=name) for name in ("MemoizationPolicy", RULES))
FOLLOWUP_POLICY = "followup_action"


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueModel:
    """What decides the next action."""

    domain: Domain
    policies: tuple[Policy, ...]
    warnings: tuple[str, ...] = ()
    histories: Histories = field(default_factory=Histories, repr=False, compare=False)

    @classmethod
    def train(
        cls, project: Project, *, augmentation: int = AUGMENTATION, embed: Embed | None = None,
        progress: Progress = lambda what, share: None,
    ) -> Self:  # fmt: skip
        """Return the model of the project's stories and rules.

        Args:
            project: its policies, stories and rules are used.
            augmentation: learned policies also see up to ten times as many glued stories.
            embed: turns texts of end-to-end turns into vectors; by default our encoder does.
            progress: told how far training is.

        Raises:
            TrainingError: the configuration or the rules cannot be used.
        """
        trainer = _Trainer(project, augmentation, embed, progress)
        policies = tuple(trainer.policies())
        return cls(domain=project.domain, policies=policies, warnings=tuple(trainer.warnings))

    def predictions(self, conversation: Conversation) -> list[Prediction]:
        """Return every policy's prediction, in configured order."""
        history = self.history(conversation)
        return [policy.predict(history) for policy in self.policies]

    def history(self, conversation: Conversation) -> History:
        """Return the conversation as policies see it, continued from the last time."""
        return self.histories.of(conversation, self.domain)

    def decide(self, conversation: Conversation) -> Decision:
        """Return the next action; a follow-up fixed by an event needs no policy.

        One that the domain does not know is passed over.
        """
        followup = conversation.followup_action
        if followup:
            if followup in action_names(self.domain):
                return Decision(action=followup, confidence=1.0, policy=FOLLOWUP_POLICY)
            _log.warning("the domain has no follow-up action %r", followup)
        return ensemble.combine(self._deciding(conversation), conversation)

    def best(self, conversation: Conversation) -> Prediction | None:
        """Return the prediction that decides, with all its scores; None without policies."""
        return ensemble.best(self._deciding(conversation), conversation)

    def _deciding(self, conversation: Conversation) -> list[Prediction]:
        """Return the predictions among which the decision is, in configured order.

        Learned policies take most of a turn's time; they are not asked where another policy is
        certain and has a higher priority.
        """
        history = self.history(conversation)
        quick = {
            place: policy.predict(history)
            for place, policy in enumerate(self.policies)
            if not isinstance(policy, LearnedPolicy)
        }
        certain = ensemble.certain_priority(quick.values(), conversation)
        predictions: list[Prediction] = []
        for place, policy in enumerate(self.policies):
            if not isinstance(policy, LearnedPolicy):
                predictions.append(quick[place])
            elif policy.priority >= certain or policy.may_read_text:
                predictions.append(policy.predict(history))
        return predictions

    def save(self, folder: Path) -> None:
        """Write the model into `folder`: JSON, and ONNX graphs of what was learned."""
        folder.mkdir(parents=True, exist_ok=True)
        encoders: list[Encoder] = []
        items: list[dict[str, Any]] = []
        for policy in self.policies:
            item: dict[str, Any] = {"kind": type(policy).__name__, "policy": policy.to_dict()}
            if isinstance(policy, TedPolicy | UnexpectedIntentPolicy):
                if policy.encoder not in encoders:
                    encoders.append(policy.encoder)
                item["encoder"] = encoders.index(policy.encoder)
            items.append(item)
        for number, encoder in enumerate(encoders):
            encoder.save(folder, f"encoder-{number}")
        data = {"format": FORMAT, "encoders": len(encoders), "policies": items}
        text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / FILE).write_text(text, encoding="utf-8")

    @classmethod
    def load(
        cls, folder: Path, domain: Domain, *, embed: Embed | None = None, language: str = "en"
    ) -> Self:
        """Return the model that `save` wrote.

        Raises:
            ModelError: the file is missing, damaged or of another version.
        """
        path = folder / FILE
        embed = embed or embed_with(BilingualEmbedder(), language)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                raise ModelError(f"{path}: format {data['format']}, expected {FORMAT}; train again")
            encoders = [
                Encoder.load(folder, f"encoder-{number}", embed)
                for number in range(data["encoders"])
            ]
            policies = tuple(_policy_from(item, encoders) for item in data["policies"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: cannot be read ({error}); train again") from error
        return cls(domain=domain, policies=policies)


def _policy_from(item: Mapping[str, Any], encoders: Sequence[Encoder]) -> Policy:
    data = item["policy"]
    match item["kind"]:
        case "MemoizationPolicy":
            return MemoizationPolicy.from_dict(data)
        case "RulePolicy":
            return RulePolicy.from_dict(data)
        case "TedPolicy":
            return TedPolicy.from_dict(data, encoders[item["encoder"]])
        case "UnexpectedIntentPolicy":
            return UnexpectedIntentPolicy.from_dict(data, encoders[item["encoder"]])
        case kind:
            raise KeyError(kind)


def embed_with(embedder: BilingualEmbedder, language: str) -> Embed:
    """Return what turns texts into vectors of `language`; weights are loaded at the first text."""
    space = "en" if language.split("-")[0] == "en" else "mul"
    return lambda texts: embedder.of(space).embed(list(texts))


class _Trainer:
    """Trains the policies of a project, in the order in which they depend on each other."""

    def __init__(
        self, project: Project, augmentation: int, embed: Embed | None, progress: Progress
    ) -> None:
        self.warnings: list[str] = []
        self._project = project
        self._augmentation = augmentation
        self._embed = embed
        self._progress = progress
        self._dialogues = training_dialogues(project.stories, project.domain)

    def policies(self) -> Iterator[Policy]:
        """Yield the trained policies as configured; those that cannot be trained are left out."""
        configs = self._project.settings.policies or _DEFAULT_CONFIGS
        named = [(_short_name(config), config) for config in configs]
        rules = [
            RulePolicy.of(name, config.settings).train(self._dialogues, self._project.domain)
            for name, config in named
            if name == RULES
        ]
        # Other policies must know which slots and loops only rules mention.
        only = rules[0].rule_only if rules else RuleOnly()
        learner = self._learner(only) if any(name in LEARNED for name, _ in named) else None
        for name, config in named:
            if name == RULES:
                yield rules.pop(0)
            elif name in MEMORIES:
                memory = MemoizationPolicy.of(name, config.settings)
                yield memory.train(self._dialogues, self._project.domain, only)
            else:
                self.warnings += idle_keys(name, config.settings)
                if learner is not None:
                    yield learner.train(config, name)

    def _learner(self, only: RuleOnly) -> Learner | None:
        """Return what trains learned policies, or None with a warning that says why not."""
        stories = [d for d in self._dialogues if not d.is_rule]
        if not stories:
            self.warnings.append("no stories: learned policies have nothing to learn from")
            return None
        if missing := missing_packages():
            self.warnings.append(
                f"learned policies are left out: {' and '.join(missing)} not installed; "
                f"run `{INSTALL}` and train again"
            )
            return None
        return Learner(
            stories=[*stories, *augmented(stories, self._augmentation)],
            domain=self._project.domain,
            rule_only=only,
            embed=self._embed or embed_with(BilingualEmbedder(), self._project.settings.language),
            progress=self._progress,
        )


def _short_name(config: ComponentConfig) -> str:
    name = config.name.rsplit(".", 1)[-1]
    if name not in (RULES, *MEMORIES, *LEARNED):
        hint = REMOVED.get(name, f"known are {', '.join((RULES, *MEMORIES, *LEARNED))}")
        raise TrainingError(f"policy '{config.name}' cannot be used; {hint}")
    return name
