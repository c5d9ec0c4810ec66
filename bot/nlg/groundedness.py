"""Whether a sentence says only what passages say.

Two kinds of evidence are weighed. Figures, names and what turns a meaning around must agree: one
that does not is final. Then a logistic regression over four measures of overlap, two of words and
two of sentence vectors, gives the probability of support; `tests/bench/groundedness.py` fits its
weights on a development set.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from bot.nlg.figure import Figure
from bot.nlg.figures import figures_of, plain
from bot.nlg.sentences import sentences
from bot.nlg.words import AXES, EXCLUSIVE, NEGATION, clauses, content_words, first_word, names
from knowledge.embedder import FloatArray
from knowledge.languages import BilingualEmbedder, detect_language

THRESHOLD: Final = 0.5
WEIGHTS: Final = (-4.05, 3.34, -1.68, 2.31, 1.14, 1.83)
"""Bias, then one per measure, in the order of `measure`."""
_CITATION: Final = re.compile(r"\s*\[\d+\]")
_INHERITED: Final = 0.5
"""What a word of an earlier clause counts for a figure, against one of its own clause."""
_PRONOUN: Final = re.compile(
    r"(?:it|they|this|these|that|those|both|he|she)\b|它们?|该|此|这", re.IGNORECASE
)
_END_MARK: Final = re.compile(r"[.!?。！？:：]$")
_SUBJECT: Final = 0.8
"""What an inherited word counts where the nearest clause is looked for."""
_CHARS: Final = 0.7
"""What the characters of a Chinese word count that is not there as a whole."""
_ALIKE: Final = 0.3
"""The cosine of words from which one may stand for another: delivery and shipping have 0.37."""
_NAMING: Final = frozenset({"code", "email", "url", "phone", "weekdays"})
"""Kinds of figures that something else belongs to, rather than they to it."""
_MARGIN: Final = 0.5
"""By how much another figure has to fit the words around a figure better."""
_PART_END: Final = re.compile(r"[,;，；、。]|\b(?:and|or|but)\b|和|或|但")


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What the check found about one sentence."""

    probability: float
    """That the passages support it; 0 where something in it disagrees."""
    problem: str = ""
    """What disagrees, such as `figure €5`; empty if nothing does."""
    cites: tuple[int, ...] = ()
    """The passages that say it, from 0, the one that says most of it first."""

    @property
    def is_supported(self) -> bool:
        """Whether to say the sentence."""
        return not self.problem and self.probability >= THRESHOLD


@dataclass(frozen=True, slots=True)
class _Clause:
    """A part of a sentence; what earlier parts say, such as the subject, holds for it, too."""

    text: str
    own: tuple[str, ...]
    inherited: frozenset[str]

    def share_of(self, words: Sequence[str], inherits: float = 1.0) -> float:
        """Return which share of `words` it has; inherited ones count `inherits`."""
        own = frozenset(self.own)
        found = (max(_known(word, own), inherits * _known(word, self.inherited)) for word in words)
        return sum(found) / len(words) if words else 1.0


@dataclass(frozen=True)
class _Text:
    """A sentence, taken apart."""

    text: str
    about: frozenset[str] = frozenset()
    """Words that it leaves out: of its heading, and of the sentence before if it says "they"."""

    @cached_property
    def _taken(self) -> tuple[str, tuple[Figure, ...]]:
        return figures_of(self.text)

    @property
    def figures(self) -> tuple[Figure, ...]:
        return self._taken[1]

    @cached_property
    def words(self) -> tuple[str, ...]:
        return self._words(self._taken[0], 0, len(self._taken[0]))

    @cached_property
    def clauses(self) -> tuple[_Clause, ...]:
        return self._clauses(at_and=False)

    @cached_property
    def parts(self) -> tuple[_Clause, ...]:
        return self._clauses(at_and=True)

    def _clauses(self, *, at_and: bool) -> tuple[_Clause, ...]:
        """Return the clauses, each with what it inherits from those before it."""
        marked, found, at = self._taken[0], [], 0
        earlier = self.about
        for part in clauses(marked, at_and=at_and):
            at = marked.index(part, at)
            own = self._words(part, at, at + len(part))
            found.append(_Clause(part, own, earlier))
            earlier |= frozenset(own)
            at += len(part)
        return tuple(found)

    def _words(self, part: str, start: int, end: int) -> tuple[str, ...]:
        """Return the words and the figures of a part."""
        inside = (_token(one) for one in self.figures if start <= one.at < end)
        return (*content_words(part), *inside)

    @cached_property
    def contexts(self) -> tuple[dict[str, float], ...]:
        """For each figure what it belongs to: words and other figures, with their weights."""
        marked, figures = self._taken
        spans = _clause_spans(marked)
        own = [
            {
                **dict.fromkeys(content_words(marked[start:end]), 1.0),
                **{_token(one): 1.0 for one in figures if start <= one.at < end},
            }
            for start, end in spans
        ]
        contexts: list[dict[str, float]] = []
        for figure in figures:
            place = next(n for n, (_, end) in enumerate(spans) if figure.at < end)
            context = dict.fromkeys(self.about, _INHERITED)
            context |= {word: _INHERITED for earlier in own[:place] for word in earlier}
            context |= own[place]
            if set(own[place]) <= {_token(figure)}:
                # "rows 12 and 13": the words before or after both belong to each.
                context |= {
                    word: 1.0 for part in own[max(0, place - 1) : place + 2] for word in part
                }
            contexts.append(
                {key: weight for key, weight in context.items() if key != _token(figure)}
            )
        return tuple(contexts)


def _clause_spans(marked: str) -> list[tuple[int, int]]:
    """Return the parts of a marked text that each speak of one thing."""
    ends = [found.end() for found in _PART_END.finditer(marked)]
    bounds = [0, *ends, len(marked) + 1]
    return list(pairwise(bounds))


def _token(figure: Figure) -> str:
    shown = sorted(figure.low) if isinstance(figure.low, frozenset) else figure.low
    return f"{figure.kind}={shown}-{figure.high if not isinstance(figure.high, frozenset) else ''}"


class Evidence:
    """Passages, taken apart once for all the sentences that are checked against them."""

    def __init__(self, passages: Sequence[str], embedder: BilingualEmbedder, language: str) -> None:
        """Take `passages` apart; a first line without an end mark is a heading."""
        self.language, self._embedder = language, embedder
        self.parts: list[tuple[int, _Text]] = [
            (number, part) for number, text in enumerate(passages) for part in _parts(text)
        ]
        self.text = "\n".join(plain(text) for text in passages)
        self.lowered = self.text.lower()
        self.clauses = tuple(clause for _, part in self.parts for clause in part.parts)
        self.words = frozenset(word for _, part in self.parts for word in part.words)
        self.vectors = self.embed([part.text for _, part in self.parts])

    def has_nothing_like(self, word: str) -> bool:
        """Tell whether no word is used like an English one, so that it may be a name."""
        known = set(content_words(word)) <= self.words  # a word without meaning is, too
        if self._embedder.words is None or known:
            return False
        vector = self._embedder.words.word_vectors([word])[0]
        return not len(self._vocabulary) or float((self._vocabulary @ vector).max()) < _ALIKE

    @cached_property
    def _vocabulary(self) -> FloatArray:
        """The vectors of all English words, float32 [n, dim], unit length."""
        assert self._embedder.words is not None
        return self._embedder.words.word_vectors(sorted(set(re.findall("[a-z]+", self.lowered))))

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of `texts`, float32 [n, dim], unit length."""
        return self._embedder.embed(list(texts), self.language)


def _parts(passage: str) -> list[_Text]:
    """Return the sentences of a passage, each with what it is about."""
    found: list[_Text] = []
    heading: frozenset[str] = frozenset()
    for number, one in enumerate(sentences(plain(passage))):
        leans = bool(found and _PRONOUN.match(one))
        about = heading | frozenset(found[-1].words) | found[-1].about if leans else heading
        found.append(_Text(one, about))
        if number == 0 and "\n" in passage and not _END_MARK.search(one):
            heading = frozenset(found[0].words)
    return found


class Groundedness:
    """The check, for passages of one answer after another."""

    def __init__(self, embedder: BilingualEmbedder, weights: Sequence[float] = WEIGHTS) -> None:
        """Hold what embeds sentences, and the weights of the measures."""
        self._embedder, self._weights = embedder, tuple(weights)

    def evidence(self, passages: Sequence[str], language: str | None = None) -> Evidence:
        """Return `passages`, ready to be checked against."""
        spoken = language or detect_language(" ".join(passages), "en")
        return Evidence(passages, self._embedder, spoken)

    def check(self, sentence: str, evidence: Evidence) -> Support:
        """Return how well `evidence` supports `sentence`; its citations are not looked at."""
        text = _Text(_CITATION.sub("", sentence).strip())
        if not evidence.parts or not (text.words or text.figures):
            return Support(probability=0.0, problem="nothing to check")
        problem = problem_of(text, evidence)
        measures, ranking = measure(text, evidence)
        if problem:
            return Support(probability=0.0, problem=problem, cites=ranking)
        logit = sum(w * x for w, x in zip(self._weights, (1.0, *measures), strict=True))
        return Support(probability=1 / (1 + math.exp(-logit)), cites=ranking)


def measure(text: _Text, evidence: Evidence) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Return the measures of overlap, each about in [0, 1], and the passages by overlap.

    Words that stand together in a clause, whether others stand elsewhere, the nearest sentence,
    the nearest passage, and how many figures agree.
    """
    vectors = evidence.embed([text.text])
    cosines = (evidence.vectors @ vectors[0]).astype(float)
    shares = np.array([_near(text, part) for _, part in evidence.parts])
    order = np.argsort(-(shares + cosines), kind="stable")
    near, displaced = _nearest(text, evidence)
    cited = tuple(dict.fromkeys(evidence.parts[place][0] for place in order))
    mean = evidence.vectors.mean(axis=0)
    nearness = float(vectors[0] @ mean / max(float(np.linalg.norm(mean)), 1e-9))
    figures = min(1.0, len(text.figures) / 2)
    return (near, displaced, float(cosines.max()), nearness, figures), cited


def _near(text: _Text, part: _Text) -> float:
    """Return which share of the words one sentence has."""
    words = frozenset(part.words) | part.about
    return sum(_known(word, words) for word in text.words) / max(1, len(text.words))


def _nearest(text: _Text, evidence: Evidence) -> tuple[float, float]:
    """Return which share of the words stands together in a clause of the evidence.

    And 1 if another word stands elsewhere in it: "suites have a balcony" where double rooms do.
    """
    found, total, displaced = 0.0, 0, 0.0
    for clause in text.clauses:
        best = max(evidence.clauses, key=lambda other: other.share_of(clause.own))
        found += len(clause.own) * best.share_of(clause.own)
        total += len(clause.own)
        if any(best.share_of((word,)) < 0.5 and word in evidence.words for word in clause.own):
            displaced = 1.0
    return (found / total if total else 1.0), displaced


def _known(word: str, words: frozenset[str]) -> float:
    """Return whether `words` have `word`; Chinese words count by their characters."""
    if word in words:
        return 1.0
    if word.isascii() or "=" in word:
        return 0.0
    text = "".join(words)
    return 1.0 if word in text else _CHARS * sum(char in text for char in word) / len(word)


def problem_of(text: _Text, evidence: Evidence) -> str:
    """Return what in `text` disagrees with the evidence, empty if nothing does."""
    for figure, context in zip(text.figures, text.contexts, strict=True):
        agreeing, others = _compared(figure, evidence)
        if not agreeing:
            return f"figure {figure.kind} {_shown(figure)}"
        weights = _rarity(context, [*agreeing, *others])
        if _best(weights, others) > _best(weights, agreeing) + _MARGIN:
            return f"figure {figure.kind} {_shown(figure)} belongs to something else"
    foreign = sorted(name for name in names(text.text) if name not in evidence.lowered)
    if not foreign and (first := first_word(text.text)) and evidence.has_nothing_like(first):
        foreign = [first]
    if foreign:
        return f"name {foreign[0]}"
    return _turned(text, evidence)


def _shown(figure: Figure) -> str:
    return str(figure.low) if figure.low == figure.high else f"{figure.low}-{figure.high}"


def _compared(
    figure: Figure, evidence: Evidence
) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """Return the contexts of figures that agree, and of those of the same kind that do not."""
    agreeing: list[dict[str, float]] = []
    others: list[dict[str, float]] = []
    for _, part in evidence.parts:
        for other, context in zip(part.figures, part.contexts, strict=True):
            if figure.agrees(other):
                agreeing.append(context)
            elif (
                figure.kind == other.kind
                and figure.kind not in _NAMING
                and figure.bound == other.bound
            ):
                others.append(context)
    return agreeing, others


def _rarity(context: dict[str, float], among: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the weights of what is around a figure; what is around all others tells little."""
    return {
        key: weight * math.log(1 + len(among) / max(1, sum(key in other for other in among)))
        for key, weight in context.items()
    }


def _best(context: dict[str, float], among: Sequence[dict[str, float]]) -> float:
    return max(
        (sum(weight * other.get(word, 0.0) for word, weight in context.items()) for other in among),
        default=0.0,
    )


def _turned(text: _Text, evidence: Evidence) -> str:
    """Return what turns the meaning around, clause against nearest clause."""
    for group in EXCLUSIVE:
        ours = {found.lower() for found in group.findall(text.text)}
        theirs = {found.lower() for found in group.findall(evidence.text)}
        if theirs and (foreign := ours - theirs):
            return f"{min(foreign)} instead of {min(theirs)}"
    for clause in text.clauses:
        nearest = max(
            ((other, part) for _, part in evidence.parts for other in part.parts),
            key=lambda one: _likeness(clause, one[0]),
        )
        if not clause.own or nearest[0].share_of(clause.own, 0.0) == 0:
            continue
        turned = _against(clause.text, nearest[0].text)
        # A condition may stand in another clause than in the passage: the whole has to differ, too.
        if turned and (len(text.clauses) == 1 or _against(plain(text.text), nearest[1].text)):
            return turned
    return ""


def _likeness(clause: _Clause, other: _Clause) -> float:
    """Return how much two clauses are about the same thing."""
    shared = len(clause.own) * other.share_of(clause.own, _SUBJECT)
    inherited = len(clause.inherited) * other.share_of(tuple(clause.inherited), _SUBJECT)
    return shared + 0.5 * inherited - 0.1 * (len(other.own) + len(other.inherited))


def _against(clause: str, other: str) -> str:
    """Return why two clauses about the same thing exclude each other."""
    is_same = bool(NEGATION.search(clause)) == bool(NEGATION.search(other))
    sides = [(_side(clause, *axis), _side(other, *axis), axis) for axis in AXES]
    opposite = [axis for mine, its, axis in sides if mine and its and mine != its]
    if opposite and is_same:
        found = opposite[0][0].search(clause) or opposite[0][1].search(clause)
        return f"{found.group() if found else ''} is turned around"
    return "" if opposite or is_same else "negation"


def _side(clause: str, plus: re.Pattern[str], minus: re.Pattern[str]) -> int:
    has_plus, has_minus = bool(plus.search(clause)), bool(minus.search(clause))
    return 0 if has_plus == has_minus else 1 if has_plus else -1
