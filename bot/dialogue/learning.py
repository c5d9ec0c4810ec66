"""Training of the learned policies, where the configuration asks for them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.dialogue.encoder import Encoder
from bot.dialogue.fit import fit
from bot.dialogue.lessons import Lessons, lessons_of
from bot.dialogue.options import TED, NetworkOptions
from bot.dialogue.state import RuleOnly
from bot.dialogue.stories import TrainingDialogue
from bot.dialogue.ted import TedPolicy
from bot.dialogue.unexpected import UnexpectedIntentPolicy
from bot.dialogue.vocabulary import Embed
from bot.domain import Domain
from bot.project import ComponentConfig

LearnedPolicy = TedPolicy | UnexpectedIntentPolicy
Progress = Callable[[str, float], None]
INSTALL: Final = 'pip install "frontdesk[train]"'
_NEEDED: Final = ("torch", "onnx")


def missing_packages() -> list[str]:
    """Return what training a network needs and is not installed."""
    return [name for name in _NEEDED if importlib.util.find_spec(name) is None]


@dataclass(slots=True, kw_only=True)
class Learner:
    """Trains networks, each once for all policies that ask for the same."""

    stories: Sequence[TrainingDialogue]
    """With the augmented ones."""
    domain: Domain
    rule_only: RuleOnly
    embed: Embed
    progress: Progress
    _lessons: dict[int | None, Lessons] = field(default_factory=dict)
    _encoders: dict[NetworkOptions, Encoder] = field(default_factory=dict)

    def train(self, config: ComponentConfig, name: str) -> LearnedPolicy:
        """Return the trained policy of a configuration entry."""
        options = NetworkOptions.of(config.settings)
        lessons = self._lessons_of(options.max_history)
        encoder = self._encoder_of(options, lessons)
        if name == TED:
            return TedPolicy.of(config.settings, encoder, self.rule_only)
        return UnexpectedIntentPolicy.of(config.settings, encoder, lessons, self.rule_only)

    def _lessons_of(self, max_history: int | None) -> Lessons:
        if max_history not in self._lessons:
            found = lessons_of(self.stories, self.domain, max_history, self.embed)
            self._lessons[max_history] = found
        return self._lessons[max_history]

    def _encoder_of(self, options: NetworkOptions, lessons: Lessons) -> Encoder:
        if options not in self._encoders:
            self._encoders[options] = _trained(lessons, options, self.embed, self.progress)
        return self._encoders[options]


def _trained(
    lessons: Lessons, options: NetworkOptions, embed: Embed, progress: Progress
) -> Encoder:
    graph = fit(lessons, options, lambda share: progress("learning dialogues", share))
    facts = {
        "vocabulary": lessons.vocabulary.to_dict(),
        "action_names": lessons.action_names,
        "intent_names": lessons.intent_names,
        "window": lessons.window,
        "reach": options.layers * (lessons.window - 1) + 1,
        "max_distance": options.max_distance,
    }
    return Encoder.of(facts, graph, embed)
