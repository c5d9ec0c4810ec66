"""How sure it is that a passage answers a question, and from where on to say it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from knowledge.types import Hit

TAG_BONUS: Final = 0.15
"""Added to the score of a passage that is tagged with the intent of the message. Two views of one
question count: the words resemble an entry's, and the classifier has learnt what it is about."""
TAG_LOGIT: Final = 1.0
"""The same, added to the logit of a probability."""


def weighed(hits: Iterable[Hit], intent: str | None) -> tuple[Hit, ...]:
    """Return the hits, those tagged with `intent` surer than before, the surest first."""
    found = (_with_intent(hit) if intent in hit.passage.tags else hit for hit in hits)
    return tuple(sorted(found, key=lambda hit: -certainty(hit)))


def certainty(hit: Hit) -> float:
    """Return the calibrated probability where there is one, else the cosine."""
    return hit.score if hit.probability is None else hit.probability


def is_answer(hit: Hit, threshold: float) -> bool:
    """Tell whether to answer with a passage that is at least as sure as `threshold`."""
    return certainty(hit) >= threshold


def _with_intent(hit: Hit) -> Hit:
    score = min(1.0, hit.score + TAG_BONUS)
    if hit.probability is None:
        return replace(hit, score=score)
    chance = min(max(hit.probability, 1e-6), 1 - 1e-6)
    odds = math.exp(TAG_LOGIT) * chance / (1 - chance)
    return replace(hit, score=score, probability=odds / (1 + odds))
