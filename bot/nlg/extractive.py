"""Answers made of sentences of several passages, chosen by what was asked, each cited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from bot.config import Length
from bot.nlg.certainty import certainty
from bot.nlg.citations import Citations, joined
from bot.nlg.prompt import SENTENCES
from bot.nlg.responder import Answer, Question
from bot.nlg.sentences import sentences
from bot.nlg.words import content_words
from knowledge.embedder import FloatArray
from knowledge.languages import BilingualEmbedder

_PASSAGES: Final = 4
_SCORE_GAP: Final = 0.15
"""A passage that is further behind the best one is about something else."""
_PASSAGE_WEIGHT: Final = 0.3
"""What the passage's own score counts beside a sentence's nearness to the question."""
_WORD_WEIGHT: Final = 0.3
"""What a share of 1 of the question's words counts."""
_SAME: Final = 0.9
"""The cosine from which two sentences say the same."""
_GOOD: Final = 0.75
"""The share of the best sentence's score that a further one needs."""
_LEANING: Final = re.compile(
    r"(?:it|this|that|these|those|they|then|after that|otherwise|in that case|however|also)\b"
    r"|它|这|该|此|然后|之后|否则|另外|此外|但|不过",
    re.IGNORECASE,
)
"""Beginnings that need the sentence before."""


_REFERRING: Final = re.compile(r"(?:see|for (?:more|details))\b|详见|参见|请见|更多", re.IGNORECASE)
"""Beginnings of sentences that only say where more is written."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence of a passage."""

    passage: int
    place: int
    text: str
    score: float
    vector: FloatArray


class Extractive:
    """Chooses sentences."""

    name: ClassVar[str] = "extractive"

    def __init__(self, embedder: BilingualEmbedder, length: Length = "medium") -> None:
        """Hold what embeds sentences, and how many of them make an answer."""
        self._embedder, self._most = embedder, SENTENCES[length]

    async def answer(self, question: Question) -> Answer | None:
        """Return the sentences that are nearest to the question, in the order of the passages."""
        pieces = self._pieces(question)
        chosen = self._chosen(pieces, 1 if question.is_repeated else self._most)
        if not chosen:
            return None
        citations = Citations(question.hits)
        texts = [citations.cite(piece.text, piece.passage) for piece in chosen]
        return Answer(text=joined(texts), cited=citations.cited, responder=self.name)

    def _pieces(self, question: Question) -> list[_Piece]:
        """Return all sentences of the passages that come near the best one."""
        best = certainty(question.hits[0])
        near = [hit for hit in question.hits[:_PASSAGES] if certainty(hit) >= best - _SCORE_GAP]
        found = [
            (number, place, text)
            for number, hit in enumerate(near)
            for place, text in enumerate(sentences(hit.passage.text))
            if not _REFERRING.match(text)
        ]
        if not found:
            return []
        texts = [f"{near[number].passage.title} {text}" for number, _, text in found]
        vectors = self._embedder.embed([question.text, *texts], question.language)
        asked = frozenset(content_words(question.text))
        nearness = vectors[1:] @ vectors[0]
        return [
            _Piece(
                number,
                place,
                text,
                float(close)
                + _PASSAGE_WEIGHT * certainty(near[number])
                + _WORD_WEIGHT * _share(asked, text),
                vector,
            )
            for (number, place, text), close, vector in zip(
                found, nearness, vectors[1:], strict=True
            )
        ]

    def _chosen(self, pieces: Sequence[_Piece], most: int) -> list[_Piece]:
        """Return the best sentences without repetitions, each with what it leans on."""
        ranked = sorted(pieces, key=lambda piece: -piece.score)
        chosen: dict[tuple[int, int], _Piece] = {}
        for piece in ranked:
            if len(chosen) >= most or piece.score < _GOOD * ranked[0].score:
                break
            if any(float(np.dot(piece.vector, one.vector)) > _SAME for one in chosen.values()):
                continue
            for needed in _with_support(piece, pieces):
                chosen[(needed.passage, needed.place)] = needed
        return [chosen[key] for key in sorted(chosen)]


def _with_support(piece: _Piece, pieces: Sequence[_Piece]) -> list[_Piece]:
    """Return the sentence, and the one before it where it begins with "This" or the like."""
    if piece.place == 0 or not _LEANING.match(piece.text):
        return [piece]
    before = (one for one in pieces if (one.passage, one.place) == (piece.passage, piece.place - 1))
    return [*before, piece]


def _share(asked: frozenset[str], text: str) -> float:
    return len(asked & frozenset(content_words(text))) / len(asked) if asked else 0.0
