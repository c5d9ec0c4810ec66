"""How well intents are recognised, on examples that the training did not see."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.evaluation.folds import read_after_training
from bot.evaluation.readings import FALLBACK, Read, best_intent
from bot.project import Example, Project
from knowledge.languages import BilingualEmbedder, detect_language

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """An example that was read as another intent."""

    text: str
    expected: str
    found: str | None
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageScore:
    """What happened to the held-out examples of one language."""

    examples: int
    correct: int
    """The best intent is right, whether or not it was sure enough."""
    fallbacks: int
    """Too unsure to act on."""
    misses: tuple[Miss, ...]

    @property
    def accuracy(self) -> float:
        """Share of correct examples, in [0, 1]; 0 without examples."""
        return self.correct / self.examples if self.examples else 0.0


def holdout(
    project: Project,
    fraction: float = 0.2,
    seed: int = 0,
    *,
    embedder: BilingualEmbedder | None = None,
) -> dict[str, LanguageScore]:
    """Return the scores per language after training without a share of each intent's examples."""
    return by_language(project, held_back(project, fraction, seed, embedder=embedder))


def held_back(
    project: Project,
    fraction: float = 0.2,
    seed: int = 0,
    *,
    embedder: BilingualEmbedder | None = None,
) -> list[Read]:
    """Return what is understood of a share of each intent's examples, trained on the others."""
    examples = _usable(project)
    tested: set[int] = set()
    for rows in _groups(examples, project.settings.language, seed):
        # An intent with one example keeps it, or nothing could be learnt of it.
        tested.update(rows[: min(len(rows) - 1, max(1, round(len(rows) * fraction)))])
    return _read(project, examples, tested, embedder or BilingualEmbedder())


def by_language(project: Project, reads: Iterable[Read]) -> dict[str, LanguageScore]:
    """Return the scores of `reads` per language."""
    scores: dict[str, LanguageScore] = {}
    for read in reads:
        language = detect_language(read.example.text, project.settings.language)
        scores = _add(scores, {language: _test(read)})
    return scores


def cross_validate(
    project: Project,
    folds: int = 5,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    embedder: BilingualEmbedder | None = None,
) -> dict[str, LanguageScore]:
    """Return the scores per language when each example is tested once; trains `folds` times."""
    embedder = embedder or BilingualEmbedder()
    examples = _usable(project)
    tested: list[set[int]] = [set() for _ in range(folds)]
    for rows in _groups(examples, project.settings.language, seed):
        for place, row in enumerate(rows):
            tested[place % folds].add(row)
    total: dict[str, LanguageScore] = {}
    for fold, rows in enumerate(tested):
        if progress:
            progress(f"fold {fold + 1} of {folds}", fold / folds)
        total = _add(total, by_language(project, _read(project, examples, rows, embedder)))
    return total


def _usable(project: Project) -> tuple[Example, ...]:
    return tuple(example for example in project.understanding.examples if example.intent)


def _groups(examples: Sequence[Example], language: str, seed: int) -> Iterator[list[int]]:
    """Yield the rows of each intent in each language, shuffled."""
    groups: dict[tuple[str, str], list[int]] = {}
    for row, example in enumerate(examples):
        key = (example.intent or "", detect_language(example.text, language))
        groups.setdefault(key, []).append(row)
    shuffle = random.Random(seed).shuffle  # noqa: S311 - a repeatable split, not a secret
    for key in sorted(groups):
        shuffle(groups[key])
        yield groups[key]


def _read(
    project: Project, examples: Sequence[Example], tested: set[int], embedder: BilingualEmbedder
) -> list[Read]:
    """Return what is understood of the `tested` rows after learning the others."""
    kept = [example for row, example in enumerate(examples) if row not in tested]
    return read_after_training(project, kept, [examples[row] for row in sorted(tested)], embedder)


def _test(read: Read) -> LanguageScore:
    best = best_intent(read.reading)
    expected = (read.example.intent or "").split("/", 1)[0]
    is_correct = best.name == expected
    miss = Miss(
        text=read.example.text, expected=expected, found=best.name, confidence=best.confidence
    )
    return LanguageScore(
        examples=1,
        correct=int(is_correct),
        fallbacks=int(read.reading.intent.name == FALLBACK),
        misses=() if is_correct else (miss,),
    )


def _add(
    left: Mapping[str, LanguageScore], right: Mapping[str, LanguageScore]
) -> dict[str, LanguageScore]:
    total = dict(left)
    for language, score in right.items():
        before = total.get(language)
        total[language] = (
            score
            if before is None
            else LanguageScore(
                examples=before.examples + score.examples,
                correct=before.correct + score.correct,
                fallbacks=before.fallbacks + score.fallbacks,
                misses=(*before.misses, *score.misses),
            )
        )
    return total
