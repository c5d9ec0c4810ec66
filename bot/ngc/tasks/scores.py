"""How good predictions are: labels, spans, relations and confidences, with intervals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.ngc.tasks.sample import NO_RELATION, OUT_OF_SCOPE, Prediction, Sample, Span

ECE_BINS: Final = 15
RESAMPLES: Final = 1_000
NEGATIVE_RELATIONS: Final = frozenset({NO_RELATION, "Other", "no_relation", "unknown", "NA"})
"""How sets call two entities without a relation."""
_DIRECTED: Final = re.compile(r"(.+)\((e1,e2|e2,e1)\)")

Array = NDArray[Any]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Counts:
    """What was found rightly, found wrongly and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return the sums."""
        return Counts(
            self.right + other.right, self.wrong + other.wrong, self.missed + other.missed
        )

    @property
    def precision(self) -> float:
        """Share of what was found that is right, in [0, 1]."""
        return _ratio(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Share of what is there that was found, in [0, 1]."""
        return _ratio(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, in [0, 1]."""
        return _ratio(2 * self.right, 2 * self.right + self.wrong + self.missed)


def accuracy(expected: Sequence[str], predicted: Sequence[str]) -> float:
    """Return the share of equal labels, in [0, 1]."""
    return _ratio(sum(map(str.__eq__, expected, predicted)), len(expected))


def label_counts(
    expected: Sequence[str], predicted: Sequence[str], *, without: Iterable[str] = ()
) -> dict[str, Counts]:
    """Return the counts of each label that is expected or predicted, but those of `without`."""
    right = Counter(one for one, other in zip(expected, predicted, strict=True) if one == other)
    wanted, found = Counter(expected), Counter(predicted)
    return {
        label: Counts(right[label], found[label] - right[label], wanted[label] - right[label])
        for label in sorted({*wanted, *found} - set(without))
    }


def macro_f1(counts: Iterable[Counts]) -> float:
    """Return the mean F1 of all labels, in [0, 1]."""
    values = [count.f1 for count in counts]
    return _ratio(sum(values), len(values))


def total(counts: Iterable[Counts]) -> Counts:
    """Return the sum of `counts`; its F1 is the micro average."""
    return sum(counts, Counts())


def span_counts(expected: Sequence[Span], predicted: Sequence[Span]) -> dict[str, Counts]:
    """Return the counts of each name in one text, as `conlleval` and seqeval count.

    A span is right if start, end and name are; its role and group do not matter.
    """
    wanted = Counter((span.name, span.start, span.end) for span in set(expected))
    found = Counter((span.name, span.start, span.end) for span in set(predicted))
    both = wanted & found
    counts: dict[str, Counts] = {}
    for keys, one in (
        (both, Counts(right=1)),
        (found - both, Counts(wrong=1)),
        (wanted - both, Counts(missed=1)),
    ):
        for (name, _, _), times in keys.items():
            for _ in range(times):
                counts[name] = counts.get(name, Counts()) + one
    return counts


def semeval_f1(expected: Sequence[str], predicted: Sequence[str]) -> float:
    """Return the official macro-F1 of SemEval-2010 task 8, in [0, 1].

    The mean over the relations, both directions of one together; a relation found in the wrong
    direction is wrong. `Other` is left out. Hendrickx et al., 2010, and its scorer.
    """
    counts: dict[str, Counts] = {}
    for wanted, found in zip(expected, predicted, strict=True):
        if wanted == found:
            counts[_relation(wanted)] = counts.get(_relation(wanted), Counts()) + Counts(right=1)
            continue
        for label, one in ((found, Counts(wrong=1)), (wanted, Counts(missed=1))):
            counts[_relation(label)] = counts.get(_relation(label), Counts()) + one
    return macro_f1(count for name, count in counts.items() if name not in NEGATIVE_RELATIONS)


def is_directed(labels: Iterable[str]) -> bool:
    """Tell whether relations are written with their direction, as in SemEval-2010 task 8."""
    names = set(labels) - NEGATIVE_RELATIONS
    return bool(names) and all(_DIRECTED.fullmatch(name) for name in names)


def overall_counts(samples: Sequence[Sample], predictions: Sequence[Prediction]) -> Counts:
    """Return the counts of intents and entities together, as in Braun et al., 2017.

    A wrong intent is both: one found wrongly, and one missed.
    """
    counts = Counts()
    for sample, found in zip(samples, predictions, strict=True):
        if sample.label:
            is_right = sample.label == found.label
            counts += Counts(right=1) if is_right else Counts(wrong=1, missed=1)
        counts += total(span_counts(sample.spans, found.spans).values())
    return counts


def calibration_error(confidences: Sequence[float], is_right: Sequence[bool]) -> float:
    """Return the expected calibration error over 15 bins of equal width, in [0, 1].

    The mean distance of confidence and accuracy, each bin counted as often as it is filled;
    Guo et al., 2017 (https://arxiv.org/abs/1706.04599).
    """
    sure, right = np.asarray(confidences, float), np.asarray(is_right, float)
    if not sure.size:
        return 0.0
    bins = np.minimum((sure * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = np.bincount(bins, weights=sure - right, minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / sure.size)


def out_of_scope_scores(expected: Sequence[str], predicted: Sequence[str]) -> dict[str, float]:
    """Return accuracy inside the scope, and recall and precision of what is outside; in [0, 1]."""
    pairs = list(zip(expected, predicted, strict=True))
    inside = [one == other for one, other in pairs if one != OUT_OF_SCOPE]
    outside = label_counts(expected, predicted).get(OUT_OF_SCOPE, Counts())
    return {
        "in_scope_accuracy": _ratio(sum(inside), len(inside)),
        "oos_recall": outside.recall,
        "oos_precision": outside.precision,
    }


def interval(count: int, measure: Callable[[Array], float], seed: int = 0) -> Interval:
    """Return the 95 % confidence interval of a measure by the bootstrap.

    Args:
        count: How many texts there are.
        measure: Receives rows drawn with replacement, int [count], and returns the measure.
        seed: Of the draws.
    """
    chance = np.random.default_rng(seed)
    draws = [measure(chance.integers(count, size=count)) for _ in range(RESAMPLES)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def mean_interval(values: Sequence[float], seed: int = 0) -> Interval:
    """Return the interval of the mean of `values`, such as 1 for each right text."""
    array = np.asarray(values, float)
    return interval(len(array), lambda rows: float(array[rows].mean()), seed)


def f1_interval(counts: Sequence[Counts], seed: int = 0) -> Interval:
    """Return the interval of the micro F1 of the counts of each text."""
    table = np.array([(one.right, one.wrong, one.missed) for one in counts], float)

    def measure(rows: Array) -> float:
        return Counts(*table[rows].sum(axis=0).astype(int).tolist()).f1

    return interval(len(table), measure, seed)


def macro_f1_interval(
    expected: Sequence[str],
    predicted: Sequence[str],
    score: Callable[[Sequence[str], Sequence[str]], float],
    seed: int = 0,
) -> Interval:
    """Return the interval of any score of labels, `score(expected, predicted)`."""
    wanted, found = np.array(expected), np.array(predicted)

    def measure(rows: Array) -> float:
        return score(wanted[rows].tolist(), found[rows].tolist())

    return interval(len(wanted), measure, seed)


def _relation(label: str) -> str:
    match = _DIRECTED.fullmatch(label)
    return match[1] if match else label


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
