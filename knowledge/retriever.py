"""Finds the passages that answer a question: nearest questions first, one hit per passage."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from knowledge.errors import IndexDamaged
from knowledge.index import VectorIndex
from knowledge.languages import BilingualEmbedder
from knowledge.lexical import TermIndex
from knowledge.types import Hit, Passage

Progress = Callable[[str, float], None]
"""Receives what is being done, and which share of it is done, in [0, 1]."""

FORMAT_VERSION: Final = 1
CANDIDATES_PER_HIT: Final = 8
"""A passage is found by any of its questions, so more questions than passages are looked at."""
LEXICAL_WEIGHT: Final = 0.01
"""Orders ties only: on held-out FAQ questions 0.05 to 0.2 gained nothing or lost up to 3 points."""
_PASSAGES_FILE: Final = "passages.json"


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The passages of one language; row i of both indexes is `questions[i]`."""

    passages: tuple[Passage, ...]
    questions: tuple[tuple[int, str], ...]
    """(position of the passage, question)."""
    vectors: VectorIndex
    terms: TermIndex
    embedder_name: str


class Retriever:
    """All passages, one shelf per language."""

    def __init__(self, embedder: BilingualEmbedder | None = None) -> None:
        """Hold no passages yet; `build` and `load` return a retriever that does."""
        self._embedder = embedder or BilingualEmbedder()
        self._shelves: dict[str, _Shelf] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have passages."""
        return tuple(self._shelves)

    @property
    def passages(self) -> tuple[Passage, ...]:
        """All passages, by language, in the order they were given."""
        return tuple(passage for shelf in self._shelves.values() for passage in shelf.passages)

    @classmethod
    def build(
        cls,
        passages: Iterable[Passage],
        progress: Progress | None = None,
        *,
        embedder: BilingualEmbedder | None = None,
    ) -> Retriever:
        """Return a retriever over `passages`; about 3 ms per question.

        Raises:
            WeightsError: an embedder's weights are missing or were changed.
        """
        retriever = cls(embedder)
        by_language: dict[str, list[Passage]] = {}
        for passage in passages:
            by_language.setdefault(passage.language, []).append(passage)
        for done, (language, group) in enumerate(by_language.items()):
            if progress:
                progress(f"indexing {len(group)} passages ({language})", done / len(by_language))
            retriever._shelves[language] = retriever._shelve(language, tuple(group))
        if progress:
            progress("indexed", 1.0)
        return retriever

    def retrieve(self, text: str, language: str, k: int = 5) -> tuple[Hit, ...]:
        """Return the `k` passages in `language` nearest to `text`; empty if there are none.

        `score` is the cosine of the best question. The order also counts shared words: a passage
        may precede another whose cosine is up to `LEXICAL_WEIGHT` higher.

        Raises:
            WeightsError: the embedder's weights are missing or were changed.
        """
        shelf = self._shelves.get(language)
        if shelf is None or k < 1 or not text.strip():
            return ()
        query = self._embedder.embed([text], language)
        scores, rows = shelf.vectors.search(query, k * CANDIDATES_PER_HIT)
        found = [int(row) for row in rows[0]]
        overlaps = shelf.terms.overlap(text, found)
        candidates = sorted(
            zip(found, map(float, scores[0]), overlaps, strict=True),
            key=lambda candidate: -(candidate[1] + LEXICAL_WEIGHT * candidate[2]),
        )
        best: dict[int, tuple[int, float]] = {}
        for row, score, _ in candidates:
            position = shelf.questions[row][0]
            first_row, first_score = best.setdefault(position, (row, score))
            best[position] = (first_row, max(first_score, score))
        return tuple(
            Hit(
                passage=shelf.passages[position],
                score=max(-1.0, min(1.0, score)),
                rank=rank,
                matched=shelf.questions[row][1],
            )
            for rank, (position, (row, score)) in enumerate(list(best.items())[:k])
        )

    def save(self, folder: Path) -> None:
        """Write everything to `folder`: one JSON file and one FAISS index per language."""
        folder.mkdir(parents=True, exist_ok=True)
        shelves = {
            language: {
                "embedder": shelf.embedder_name,
                "dim": shelf.vectors.dim,
                "passages": [passage.to_dict() for passage in shelf.passages],
            }
            for language, shelf in self._shelves.items()
        }
        contents = {"version": FORMAT_VERSION, "shelves": shelves}
        (folder / _PASSAGES_FILE).write_text(
            json.dumps(contents, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        for language, shelf in self._shelves.items():
            shelf.vectors.save(folder / _index_file(language))

    @classmethod
    def load(cls, folder: Path, *, embedder: BilingualEmbedder | None = None) -> Retriever:
        """Return the retriever saved in `folder`; no embedder is loaded before the first question.

        Raises:
            IndexDamaged: a file is missing, or the files do not belong together.
        """
        retriever = cls(embedder)
        try:
            contents = json.loads((folder / _PASSAGES_FILE).read_text(encoding="utf-8"))
            for language, stored in contents["shelves"].items():
                retriever._shelves[language] = retriever._restore(folder, language, stored)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexDamaged(f"{folder} holds no usable index; build it again") from error
        return retriever

    def _shelve(self, language: str, passages: tuple[Passage, ...]) -> _Shelf:
        questions = _questions(passages)
        embedder = self._embedder.of(language)
        vectors = VectorIndex(embedder.dim)
        vectors.add(embedder.embed([question for _, question in questions]))
        terms = TermIndex([question for _, question in questions])
        return _Shelf(passages, questions, vectors, terms, embedder.name)

    def _restore(self, folder: Path, language: str, stored: Mapping[str, Any]) -> _Shelf:
        passages = tuple(Passage.from_dict(entry) for entry in stored["passages"])
        questions = _questions(passages)
        vectors = VectorIndex.load(folder / _index_file(language))
        embedder = self._embedder.of(language)
        if stored["embedder"] != embedder.name or vectors.dim != embedder.dim:
            raise IndexDamaged(
                f"{folder}: the {language} index was made by {stored['embedder']},"
                f" not {embedder.name}; build it again"
            )
        if len(vectors) != len(questions):
            raise IndexDamaged(
                f"{folder}: {len(vectors)} vectors for {len(questions)} {language} questions;"
                " build the index again"
            )
        terms = TermIndex([question for _, question in questions])
        return _Shelf(passages, questions, vectors, terms, embedder.name)


def _questions(passages: Sequence[Passage]) -> tuple[tuple[int, str], ...]:
    return tuple(
        (position, question)
        for position, passage in enumerate(passages)
        for question in dict.fromkeys((passage.title, *passage.questions))
    )


def _index_file(language: str) -> str:
    return f"{language}.faiss"
