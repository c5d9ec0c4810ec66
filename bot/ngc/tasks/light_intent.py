"""The light classifier of texts: frozen encoders and n-grams under kernel ridge regression.

Trains in seconds without torch, and serves with numpy. Texts that belong to no label (`oos`) teach
what is out of scope.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelError, TrainingError
from bot.ngc.archive import read_arrays, read_json, write_arrays, write_json
from bot.ngc.head import stack
from bot.ngc.tasks.calibration import (
    Logistic,
    choose_scale,
    fit_logistic,
    scope_threshold,
    softmax,
)
from bot.ngc.tasks.kernel import (
    kernel_matrix,
    leave_one_out,
    radial,
    solve_in_place,
    squares_of,
)
from bot.ngc.tasks.model import Lesson, Progress
from bot.ngc.tasks.sample import OUT_OF_SCOPE, Prediction, Sample
from bot.ngc.tasks.steps import within
from bot.ngc.tasks.text_rows import FEW_TEXTS, Rows, TextRows, shared_embedder, views_of
from knowledge.languages import BilingualEmbedder

RIDGE: Final = 0.1
"""From 0.1 to 0.3 alike in leave-one-out tests over three public sets; 1.0 is worse."""
HELD_SHARE: Final = 0.2
"""Of the examples, scored by what the others teach: for calibration and thresholds."""
LARGEST_KERNEL: Final = 10_500
"""Examples in one kernel: 440 MB. With more, several are taught a part each and their scores
averaged; Zhang, Duchi and Wainwright, 2013, "Divide and conquer kernel ridge regression"."""
LARGEST_PART_COUNT: Final = 4
"""What is beyond is left out at random."""
BATCH: Final = 512

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Expert:
    """What a part of the examples teaches."""

    vectors: NDArray[np.float32]
    """float32 [examples, dim]."""
    coefficients: NDArray[np.float32]
    """float32 [examples, labels]."""
    gram_weights: NDArray[np.float32]
    """float32 [n-grams, labels]: the linear part of the kernel, already multiplied out."""
    squares: NDArray[np.float32]
    """float32 [examples]: the squared lengths of `vectors`."""

    @classmethod
    def of(cls, vectors: Array, coefficients: Array, gram_weights: Array) -> Expert:
        """Return the expert of these arrays, which may be of another precision."""
        plain = np.ascontiguousarray(vectors, dtype=np.float32)
        return cls(
            plain,
            coefficients.astype(np.float32, copy=False),
            gram_weights.astype(np.float32, copy=False),
            squares_of(plain),
        )

    def scores(self, rows: Rows) -> tuple[Array, Array]:
        """Return the scores, float [texts, labels], and the likeness of the nearest example."""
        likeness = radial(rows.vectors, self.vectors, self.squares)
        scores = likeness @ self.coefficients
        for row, grams in enumerate(rows.grams):
            scores[row] += grams.values @ self.gram_weights[grams.columns]
        return scores, likeness.max(axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How scores become an answer."""

    scale: float
    """Of the scores before the softmax."""
    scope: Logistic | None = None
    """Probability that a text belongs to any label; None where nobody taught what does not."""
    threshold: float = 0.0
    """Answers that are less sure are out of scope."""


class LightIntent:
    """The trained classifier; safe to use from several threads."""

    kind = "light-intent"

    def __init__(
        self,
        labels: Sequence[str],
        rows: TextRows,
        experts: Sequence[Expert],
        decision: Decision,
    ) -> None:
        """Hold what was learnt."""
        self.labels = tuple(labels)
        self._rows, self._experts, self._decision = rows, tuple(experts), decision

    @property
    def threshold(self) -> float:
        """Return the confidence below which an answer is `OUT_OF_SCOPE`."""
        return self._decision.threshold

    @property
    def encoder(self) -> str:
        """Return the names of the frozen encoders."""
        return self._rows.encoder

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """Return one prediction per sample; a blank text is out of scope."""
        found: list[Prediction] = []
        for start in range(0, len(samples), BATCH):
            found += self._predict(samples[start : start + BATCH])
        return found

    def save(self, folder: Path) -> None:
        """Write everything to the empty `folder`."""
        contents = {"labels": self.labels, "experts": len(self._experts)}
        write_json(folder / "intent.json", contents | {"decision": asdict(self._decision)})
        for number, one in enumerate(self._experts):
            write_arrays(
                folder / f"expert.{number}.npz",
                vectors=one.vectors.astype(np.float16),
                coefficients=one.coefficients.astype(np.float16),
                gram_weights=one.gram_weights.astype(np.float16),
            )
        (folder / "texts").mkdir()
        self._rows.save(folder / "texts")

    @classmethod
    def load(cls, folder: Path, embedder: BilingualEmbedder | None = None) -> LightIntent:
        """Return what `save` wrote.

        Raises:
            ModelError: a file is missing or damaged.
        """
        contents = read_json(folder / "intent.json")
        rows = TextRows.load(folder / "texts", embedder or shared_embedder())
        try:
            decision = dict(contents["decision"])
            scope = decision.pop("scope")
            numbers = range(int(contents["experts"]))
            arrays = [read_arrays(folder / f"expert.{number}.npz") for number in numbers]
            experts = [Expert.of(**one) for one in arrays]
            decided = Decision(scope=Logistic(**scope) if scope else None, **decision)
            return cls(contents["labels"], rows, experts, decided)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{folder} holds a damaged model; train again") from error

    def _predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        rows = self._rows([sample.text for sample in samples])
        parts = [expert.scores(rows) for expert in self._experts]
        scores = np.mean([one for one, _ in parts], axis=0)
        likeness = np.max([one for _, one in parts], axis=0)
        shares = softmax(scores, self._decision.scale)
        if self._decision.scope is not None:
            shares *= self._decision.scope(_signs(scores, likeness, shares))[:, None]
        is_blank = [not sample.text.strip() for sample in samples]
        return [self._answer(row, blank) for row, blank in zip(shares, is_blank, strict=True)]

    def _answer(self, shares: Array, is_blank: bool) -> Prediction:
        order = np.argsort(-shares, kind="stable")
        ranking = tuple((self.labels[row], float(shares[row])) for row in order)
        label, confidence = ranking[0]
        if is_blank or confidence < self._decision.threshold:
            label = OUT_OF_SCOPE
        return Prediction(label=label, confidence=0.0 if is_blank else confidence, ranking=ranking)


@dataclass(frozen=True, slots=True)
class _Held:
    """Texts that were scored without having been learnt."""

    scores: Array
    likeness: Array
    labels: Sequence[str]

    def outside(self) -> _Held:
        """Return those that belong to no label, which are always few."""
        kept = [row for row, label in enumerate(self.labels) if label == OUT_OF_SCOPE]
        return _Held(self.scores[kept], self.likeness[kept], [self.labels[row] for row in kept])

    def join(self, other: _Held) -> _Held:
        """Return the texts of both."""
        return _Held(
            np.concatenate([self.scores, other.scores]),
            np.concatenate([self.likeness, other.likeness]),
            [*self.labels, *other.labels],
        )


def train_light_intent(
    lesson: Lesson, progress: Progress, *, embedder: BilingualEmbedder | None = None
) -> LightIntent:
    """Return what was learnt from the labels of `lesson.train`; the same for the same seed.

    `lesson.valid` serves confidences and thresholds; without it a part of `train` does.

    Raises:
        TrainingError: no text has a label.
    """
    samples = _shuffled(lesson)
    labels = sorted({sample.label for sample in samples} - {OUT_OF_SCOPE})
    targets = _targets(samples, labels)
    progress("reading the texts", 0.0)
    rows = best_rows([one.text for one in samples], targets, embedder or shared_embedder())
    learnt = rows.train([sample.text for sample in samples])
    experts, held = _teach(samples, targets, learnt, progress)
    valid = [sample for sample in lesson.valid if sample.label]
    if valid:
        progress("choosing thresholds", 0.9)
        held = _judge(valid, rows, experts).join(held.outside())
    progress("trained", 1.0)
    return LightIntent(labels, rows, experts, _decide(held, labels))


def best_rows(texts: Sequence[str], targets: Array, embedder: BilingualEmbedder) -> TextRows:
    """Return the view of the texts that is best when each is left out once.

    With many texts the richest view was best or close to it, and trying costs O(texts³).
    """
    views = views_of(texts)
    if len(texts) > FEW_TEXTS:
        return TextRows(embedder, views[0])
    accuracies: list[float] = []
    for view in views:
        rows = TextRows(embedder, view).train(texts)
        kernel = kernel_matrix(rows.vectors, stack(rows.grams), lambda _share: None)
        scores = leave_one_out(kernel, targets, RIDGE)
        accuracies.append(float((scores.argmax(axis=1) == targets.argmax(axis=1)).mean()))
    return TextRows(embedder, views[int(np.argmax(accuracies))])


def _shuffled(lesson: Lesson) -> list[Sample]:
    """Return the texts to learn, in an order in which every stretch has all labels."""
    samples = [one for one in lesson.train if one.label and one.text.strip()]
    if not {one.label for one in samples} - {OUT_OF_SCOPE}:
        raise TrainingError("no text has a label; fill the column `intent` or `label`")
    chance = random.Random(lesson.seed)  # noqa: S311 - a repeatable order, not a secret
    chance.shuffle(samples)
    if len(samples) > LARGEST_KERNEL * LARGEST_PART_COUNT:
        samples = samples[: LARGEST_KERNEL * LARGEST_PART_COUNT]
    totals = Counter(one.label for one in samples)
    seen: Counter[str] = Counter()
    places: list[float] = []
    for one in samples:
        # Half a step off, so that of a rare label nothing stands at the end, where it is held.
        places.append((seen[one.label] + 0.5) / totals[one.label])
        seen[one.label] += 1
    order = np.argsort(places, kind="stable").tolist()
    return [samples[row] for row in order]


def _teach(
    samples: Sequence[Sample], targets: Array, rows: Rows, progress: Progress
) -> tuple[list[Expert], _Held]:
    count = -(-len(samples) // LARGEST_KERNEL)
    taught: list[tuple[Expert, _Held]] = []
    for number in range(count):
        part = list(range(number, len(samples), count))
        own = Rows(np.ascontiguousarray(rows.vectors[part]), [rows.grams[row] for row in part])
        back = _held_count(len(samples), len(part))
        low = 0.3 + 0.5 * number / count
        expert, held = _teach_part(
            own, targets[part], back, within(progress, low, low + 0.5 / count)
        )
        labels = [samples[row].label for row in part[len(part) - back :]]
        taught.append((expert, _Held(*held, labels)))
    experts, judged = [one for one, _ in taught], [held for _, held in taught]
    return experts, reduce(_Held.join, judged)


def _teach_part(
    rows: Rows, targets: Array, back: int, progress: Progress
) -> tuple[Expert, tuple[Array, Array]]:
    """Return what `rows` teach, with scores and likeness of the last `back` of them.

    Where all are judged, each is left out in its turn.
    """
    grams = stack(rows.grams)
    kernel = kernel_matrix(
        rows.vectors, grams, lambda share: progress("comparing the texts", 0.9 * share)
    )
    progress("fitting", 0.9)
    if back == len(rows.vectors):
        judged = leave_one_out(kernel, targets, RIDGE), _nearest(rows.vectors)
        found = solve_in_place(kernel, targets, RIDGE, 0)
    else:
        found = solve_in_place(kernel, targets, RIDGE, back)
        judged = found.held_scores, _nearest_before(rows.vectors, len(rows.vectors) - back)
    linear = np.asarray(grams.T @ found.coefficients)
    return Expert.of(rows.vectors, found.coefficients, linear), judged


def _held_count(total: int, part: int) -> int:
    """Return how many texts of a part judge the others; of few texts each does in its turn."""
    return part if total <= FEW_TEXTS else max(1, round(part * HELD_SHARE))


def _nearest(vectors: Array) -> Array:
    """Return how like each vector is to the nearest other one."""
    likeness = radial(vectors, vectors)
    np.fill_diagonal(likeness, 0.0)
    return likeness.max(axis=1)


def _nearest_before(vectors: Array, first: int) -> Array:
    """Return how like each vector from `first` on is to the nearest of those before it."""
    if first == 0 or first == len(vectors):
        return np.zeros(len(vectors) - first, np.float32)
    return np.concatenate([
        radial(vectors[start : start + BATCH], vectors[:first]).max(axis=1)
        for start in range(first, len(vectors), BATCH)
    ])  # fmt: skip


def _targets(samples: Sequence[Sample], labels: Sequence[str]) -> NDArray[np.float32]:
    """Return 1 at the label of each sample; texts out of scope have none."""
    column = {label: place for place, label in enumerate(labels)}
    targets = np.zeros((len(samples), len(labels)), dtype=np.float32)
    for row, sample in enumerate(samples):
        if sample.label in column:
            targets[row, column[sample.label]] = 1.0
    return targets


def _judge(samples: Sequence[Sample], rows: TextRows, experts: Sequence[Expert]) -> _Held:
    scores, likeness = [], []
    for start in range(0, len(samples), BATCH):
        found = rows([sample.text for sample in samples[start : start + BATCH]])
        parts = [expert.scores(found) for expert in experts]
        scores.append(np.mean([one for one, _ in parts], axis=0))
        likeness.append(np.max([one for _, one in parts], axis=0))
    return _Held(
        np.concatenate(scores), np.concatenate(likeness), [sample.label for sample in samples]
    )


def _decide(held: _Held, labels: Sequence[str]) -> Decision:
    """Return the scale, the scope and the threshold that suit texts which were not learnt."""
    column = {label: place for place, label in enumerate(labels)}
    wanted = np.array([column.get(label, -1) for label in held.labels], dtype=int)
    inside = wanted >= 0
    if not inside.any() or len(labels) < 2:
        return Decision(scale=1.0)
    scale = choose_scale(held.scores[inside], wanted[inside])
    shares = softmax(held.scores, scale)
    is_right = shares.argmax(axis=1) == wanted
    is_outside = np.array([label == OUT_OF_SCOPE for label in held.labels])
    if not is_outside.any():
        return Decision(scale=scale)
    signs = _signs(held.scores, held.likeness, shares)
    scope = fit_logistic(signs, ~is_outside, np.ones(len(signs)))
    sure = shares.max(axis=1) * scope(signs)
    return Decision(scale=scale, scope=scope, threshold=scope_threshold(sure, is_right))


def _signs(scores: Array, likeness: Array, shares: Array) -> Array:
    """Return what tells texts inside the scope from others, float64 [texts, 4]."""
    ordered = np.sort(scores, axis=1)
    second = ordered[:, -2] if scores.shape[1] > 1 else np.zeros(len(scores))
    columns = [ordered[:, -1], second, likeness, shares.max(axis=1)]
    return np.stack(columns, axis=1).astype(np.float64)
