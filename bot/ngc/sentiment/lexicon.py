"""What VADER's lexicon says about the words of an English text, as a few numbers.

Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis", 2014. Only the
word list of the package is used (MIT), read as text: its code is neither imported nor needed.
"""

from __future__ import annotations

import math
import re
import threading
from typing import Final

from knowledge.weights import WeightFile

LEXICON: Final = WeightFile(
    package="vaderSentiment",
    requirement="vaderSentiment==3.3.2",
    path="vader_lexicon.txt",
    sha256="1ec9c6e9ee19aade328f8beb393a6afa71a5bb3acf7d3cc22d4ef568df374bf5",
)
WIDTH: Final = 10
"""Numbers per text."""
NEGATION_REACH: Final = 3
"""Words that a negation turns, as in VADER."""
NEGATION_FACTOR: Final = -0.74
"""What a turned word is worth, as in VADER: "not good" is less bad than "good" is good."""
_SCALE: Final = 4.0
"""The strongest word of the list."""
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[^\w\s]+")
_NEGATIONS: Final = frozenset(
    {"not", "no", "never", "cannot", "without", "hardly", "barely", "rarely", "neither", "nor"}
    | {"nothing", "none", "nobody", "nowhere", "lack", "lacks", "lacking", "least", "aint"}
    | {"dont", "doesnt", "didnt", "isnt", "arent", "wasnt", "werent", "wont", "wouldnt", "cant"}
    | {"couldnt", "shouldnt", "hasnt", "havent"}
)


class Lexicon:
    """Scores of single words from -4 (worst) to 4 (best). Loads at the first text (10 ms)."""

    def __init__(self, file: WeightFile = LEXICON) -> None:
        """Hold where the word list is; nothing is read yet."""
        self._file = file
        self._scores: dict[str, float] | None = None
        self._lock = threading.Lock()

    def features(self, text: str) -> list[float]:
        """Return what the words say.

        In order: the sum, squashed; sum and number of good words, then of bad ones; the best and
        the worst word; the sum over the second half, which outweighs the first; and whether good
        or bad words prevail. All lie around [-1, 1].

        Raises:
            WeightsError: the word list is missing or was changed.
        """
        words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
        scored = self._scored(words)
        good = [score for _, score in scored if score > 0]
        bad = [-score for _, score in scored if score < 0]
        total = sum(good) - sum(bad)
        late = sum(score for place, score in scored if 2 * place >= len(words))
        return [
            math.tanh(total / _SCALE),
            math.tanh(sum(good) / _SCALE),
            math.tanh(len(good) / 3),
            math.tanh(sum(bad) / _SCALE),
            math.tanh(len(bad) / 3),
            max(good, default=0.0) / _SCALE,
            max(bad, default=0.0) / _SCALE,
            math.tanh(late / _SCALE),
            float(total > 0),
            float(total < 0),
        ]

    def _scored(self, words: list[str]) -> list[tuple[int, float]]:
        """Return places and scores of the words that the list has; a negation turns them."""
        scores, found = self._loaded(), []
        negated_until = -1
        for place, word in enumerate(words):
            score = scores.get(word)
            if score is not None and word not in _NEGATIONS:
                found.append((place, score * (NEGATION_FACTOR if place <= negated_until else 1)))
            if word in _NEGATIONS or word.endswith("n't"):
                negated_until = place + NEGATION_REACH
        return found

    def _loaded(self) -> dict[str, float]:
        with self._lock:
            if self._scores is None:
                lines = self._file.read().decode("utf-8").splitlines()
                parts = (line.split("\t") for line in lines if line.strip())
                self._scores = {part[0]: float(part[1]) for part in parts}
            return self._scores
