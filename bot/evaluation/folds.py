"""Trains on some examples and reads others: cross-validation, and less and less to learn from."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.errors import BotError
from bot.evaluation.readings import Read
from bot.ngc.pipeline import Pipeline
from bot.project import Example, Project
from knowledge.languages import BilingualEmbedder


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What one pipeline understands of what it learnt from, and of what it did not see."""

    train: tuple[Read, ...]
    test: tuple[Read, ...]


def rare_intents(project: Project, folds: int) -> dict[str, int]:
    """Return the intents with too few examples for `folds` folds, and how many they have."""
    counts = Counter(example.intent for example in _labelled(project))
    return {str(intent): count for intent, count in sorted(counts.items()) if count < folds}


def cross_validation(
    project: Project, folds: int, *, seed: int = 0, embedder: BilingualEmbedder | None = None
) -> Iterator[Fold]:
    """Yield each fold; every example of an intent that is not rare is tested once.

    Raises:
        BotError: no intent has enough examples.
    """
    rare = rare_intents(project, folds)
    examples = [example for example in _labelled(project) if example.intent not in rare]
    if folds < 2:
        raise BotError(f"cross-validation needs 2 folds or more, not {folds}; set --folds")
    if not examples:
        raise BotError(
            f"no intent has {folds} examples for {folds} folds; write more, or set --folds lower"
        )
    embedder = embedder or BilingualEmbedder()
    from sklearn.model_selection import StratifiedKFold  # a server must start without it

    splitter = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    for learnt, tested in splitter.split(examples, [example.intent for example in examples]):
        kept = [examples[row] for row in learnt]
        pipeline = _trained(project, kept, embedder)
        yield Fold(
            train=tuple(_reads(pipeline, kept)),
            test=tuple(_reads(pipeline, [examples[row] for row in tested])),
        )


def fewer(examples: Sequence[Example], percentage: int, seed: int) -> tuple[Example, ...]:
    """Return `examples` without `percentage` % of each intent's, but never without all."""
    by_intent: dict[str, list[Example]] = {}
    for example in examples:
        by_intent.setdefault(example.intent or "", []).append(example)
    shuffle = random.Random(seed).shuffle  # noqa: S311 - a repeatable choice, not a secret
    kept: list[Example] = []
    for name in sorted(by_intent):
        rows = by_intent[name]
        shuffle(rows)
        kept += rows[: max(1, round(len(rows) * (100 - percentage) / 100))]
    return tuple(kept)


def read_after_training(
    project: Project,
    learnt: Sequence[Example],
    tested: Sequence[Example],
    embedder: BilingualEmbedder,
) -> list[Read]:
    """Return what is understood of `tested` after learning `learnt` alone."""
    return list(_reads(_trained(project, learnt, embedder), tested))


def _labelled(project: Project) -> tuple[Example, ...]:
    return tuple(example for example in project.understanding.examples if example.intent)


def _trained(
    project: Project, examples: Sequence[Example], embedder: BilingualEmbedder
) -> Pipeline:
    part = replace(project.understanding, examples=tuple(examples))
    return Pipeline.train(replace(project, understanding=part), embedder=embedder)


def _reads(pipeline: Pipeline, examples: Sequence[Example]) -> Iterator[Read]:
    for example in examples:
        yield Read(example=example, reading=pipeline.understand(example.text))
