"""Asks which is meant where two passages fit a question about equally well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.nlg.certainty import is_answer
from bot.nlg.phrases import phrase
from bot.types import Button, Reply
from knowledge.types import Hit

MARGIN: Final = 0.02
"""Of cosines. On our FAQ, each alternative question left out in turn, this asks for one in nine;
then the right passage is among the two in 69 % (English), and is the first in 53 %."""
CERTAIN: Final = 0.8
"""From this cosine on a question is nearly the passage's own."""
CERTAIN_PROBABILITY, PROBABILITY_MARGIN = 0.85, 0.05
"""The same of probabilities: held-back questions are asked about in 7 % (English) and 9 %; then the
right passage is among the two in 28 of 33 cases, and is the first in 20."""
_MAX_TITLE: Final = 80


def alternatives(hits: Sequence[Hit], threshold: float) -> tuple[Hit, Hit] | None:
    """Return the two passages of which either may be meant, None if it is clear."""
    if len(hits) < 2:
        return None
    first, second = hits[:2]
    if first.passage.title == second.passage.title or first.passage.text == second.passage.text:
        return None
    if first.probability is not None and second.probability is not None:
        is_close = first.probability - second.probability < PROBABILITY_MARGIN
        is_certain = first.probability >= CERTAIN_PROBABILITY
        both = is_answer(second, threshold)
        return (first, second) if is_close and both and not is_certain else None
    if second.score < threshold or first.score >= CERTAIN:
        return None
    return (first, second) if first.score - second.score < MARGIN else None


def clarifying(first: Hit, second: Hit, language: str) -> Reply:
    """Return the question which of two is meant, with a button for each and one for neither."""
    titles = [_short(hit.passage.title) for hit in (first, second)]
    none = phrase("something_else", language)
    buttons = [
        Button(title=title, payload=hit.passage.title)
        for title, hit in zip(titles, (first, second), strict=True)
    ]
    return Reply(
        text=phrase("clarify", language, first=titles[0], second=titles[1]),
        buttons=(*buttons, Button(title=none, payload=none)),
        metadata={"clarifies": [first.passage.title, second.passage.title]},
    )


def _short(title: str) -> str:
    return title if len(title) <= _MAX_TITLE else title[: _MAX_TITLE - 1] + "…"
