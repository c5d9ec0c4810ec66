"""Other wordings of labelled texts, by a language model, of which only those that fit are kept.

A small model often says something else than it was given. So a wording has to be near the text it
stands for, nearest to texts of the same label, and to hold every entity letter by letter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from bot.ngc.tasks.model import Progress
from bot.ngc.tasks.sample import Sample, Span
from knowledge.embedder import FloatArray
from knowledge.languages import ENGLISH, BilingualEmbedder, detect_language

Reword = Callable[[str, str], Sequence[str]]
"""Returns other wordings of a text in a language, perhaps none."""
LEAST_LIKENESS: Final = 0.6
"""Cosine to the text it stands for; less is mostly another matter."""
NEIGHBOURS: Final = 5
"""The label of most of so many nearest texts has to be that of the text."""
_LONGEST: Final = 2.5
"""Times as long as the text; longer ones answer or explain it."""


def paraphrase(
    samples: Sequence[Sample],
    reword: Reword,
    embedder: BilingualEmbedder,
    *,
    copies: int,
    progress: Progress,
) -> list[Sample]:
    """Return up to `copies` new samples of each sample; none is a text that is there already.

    Args:
        samples: What is there.
        reword: Asks the language model.
        embedder: Compares wordings with texts.
        copies: How many wordings of a text are kept at most.
        progress: Receives how far it is.
    """
    shelf = _Shelf(samples, embedder)
    known = {sample.text.casefold() for sample in samples}
    made: list[Sample] = []
    for number, sample in enumerate(samples):
        progress("asking for other wordings", number / len(samples))
        kept = 0
        for wording in reword(sample.text, shelf.language_of(sample.text)):
            fresh = with_wording(sample, " ".join(wording.split()))
            if kept == copies:
                break
            if fresh is None or fresh.text.casefold() in known or not shelf.fits(fresh, number):
                continue
            known.add(fresh.text.casefold())
            made.append(fresh)
            kept += 1
    return made


def with_wording(sample: Sample, wording: str) -> Sample | None:
    """Return `sample` in another wording; None if an entity is missing or the length is odd."""
    if not wording or len(wording) > _LONGEST * len(sample.text) + 10:
        return None
    spans: list[Span] = []
    after: dict[str, int] = {}
    for span in sample.spans:
        value = sample.text[span.start : span.end]
        start = wording.find(value, after.get(value, 0))
        if start < 0:
            return None
        after[value] = start + len(value)
        spans.append(replace(span, start=start, end=start + len(value)))
    return replace(sample, text=wording, spans=tuple(spans))


class _Shelf:
    """The texts that are there, by language, to compare wordings with."""

    def __init__(self, samples: Sequence[Sample], embedder: BilingualEmbedder) -> None:
        self._samples, self._embedder = samples, embedder
        self._rows: dict[str, list[int]] = {}
        for row, sample in enumerate(samples):
            self._rows.setdefault(self.language_of(sample.text), []).append(row)
        self._vectors: dict[str, FloatArray] = {
            language: embedder.embed([samples[row].text for row in rows], language)
            for language, rows in self._rows.items()
        }

    def language_of(self, text: str) -> str:
        return detect_language(text, ENGLISH)

    def fits(self, fresh: Sample, origin: int) -> bool:
        """Tell whether the wording is near its origin and among texts of its label."""
        language = self.language_of(fresh.text)
        if language != self.language_of(self._samples[origin].text):
            return False
        rows = self._rows[language]
        likeness = self._vectors[language] @ self._embedder.embed([fresh.text], language)[0]
        if likeness[rows.index(origin)] < LEAST_LIKENESS:
            return False
        if not fresh.label:
            return True
        nearest = np.argsort(-likeness)[:NEIGHBOURS]
        same = sum(self._samples[rows[place]].label == fresh.label for place in nearest)
        return 2 * same >= len(nearest)
