"""The passages of one commit on disk: written once, mapped, never changed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from knowledge.bm25 import Postings
from knowledge.embedder import clean
from knowledge.errors import IndexDamaged
from knowledge.files import flush
from knowledge.types import Facts, Passage

import numpy as np  # isort: skip
from numpy.typing import NDArray

QUESTION: Final = 0
TEXT: Final = 1
_LINK_TARGET: Final = re.compile(r"\]\([^)\s]*\)")
_MARKS: Final = str.maketrans("", "", "*_`#[]|")
"""Of Markdown: they are no words."""
_PASSAGES: Final = "passages.jsonl"
_COLUMNS: Final = "columns.json"
_ARRAYS: Final = ("offsets", "facts_of", "document_of", "passage_of", "kinds")


class Row(NamedTuple):
    """One text by which a passage is found."""

    passage: int
    """Position of the passage."""
    kind: int
    text: str


def rows_of(passages: Sequence[Passage]) -> list[Row]:
    """Return what is searched: each question once, then the text under its headings."""
    return [
        Row(position, kind, text)
        for position, passage in enumerate(passages)
        for kind, text in (
            *((QUESTION, one) for one in dict.fromkeys((passage.title, *passage.questions))),
            (TEXT, _whole(passage)),
        )
        if clean(text).strip()
    ]


def _whole(passage: Passage) -> str:
    """Return the text with its title: alone, it often does not say what it is about."""
    text = _LINK_TARGET.sub("]", passage.text).translate(_MARKS)
    return " ".join((*passage.headings, passage.title, text)) if text.strip() else ""


@dataclass(frozen=True, eq=False)
class Segment:
    """Passages, their rows and their terms.

    Shapes:
        offsets: int64 [passages + 1]; facts_of, document_of: int32 [passages];
        passage_of: int32 [rows], ascending; kinds: uint8 [rows], `QUESTION` or `TEXT`.
    """

    first_row: int
    folder: Path
    offsets: NDArray[np.int64]
    facts_of: NDArray[np.int32]
    document_of: NDArray[np.int32]
    passage_of: NDArray[np.int32]
    kinds: NDArray[np.uint8]
    facts: tuple[Facts, ...]
    """Each once; `facts_of` says whose they are."""
    documents: tuple[tuple[str, str], ...]
    """(id, hash), each once; `document_of` says whose they are."""
    postings: Postings
    lines: NDArray[np.uint8]
    """The file of the passages, mapped; passage i is `lines[offsets[i]:offsets[i + 1]]`."""

    def __len__(self) -> int:
        return len(self.facts_of)

    @property
    def row_count(self) -> int:
        """How many rows its passages have."""
        return len(self.passage_of)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The key of each passage."""
        return tuple(json.loads((self.folder / "keys.json").read_text("utf-8")))

    def passage(self, position: int) -> Passage:
        """Return one passage; 10 µs."""
        start, end = self.offsets[position], self.offsets[position + 1]
        return Passage.from_dict(json.loads(self.lines[start:end].tobytes()))

    @cached_property
    def _row_starts(self) -> list[int]:
        return np.searchsorted(self.passage_of, np.arange(len(self) + 1)).tolist()

    def rows(self, position: int) -> slice:
        """Return where the rows of a passage are."""
        return slice(self._row_starts[position], self._row_starts[position + 1])


def write_segment(folder: Path, passages: Sequence[Passage], rows: Sequence[Row]) -> None:
    """Write the passages and their rows into the new folder `folder`."""
    folder.mkdir(parents=True)
    lines = [json.dumps(one.to_dict(), ensure_ascii=False).encode() + b"\n" for one in passages]
    (folder / _PASSAGES).write_bytes(b"".join(lines))
    facts = {fact: place for place, fact in enumerate(dict.fromkeys(p.facts for p in passages))}
    documents = {
        one: place
        for place, one in enumerate(dict.fromkeys((p.document, p.document_hash) for p in passages))
    }
    arrays = {
        "offsets": np.cumsum([0, *map(len, lines)], dtype=np.int64),
        "facts_of": np.array([facts[p.facts] for p in passages], np.int32),
        "document_of": np.array(
            [documents[p.document, p.document_hash] for p in passages], np.int32
        ),
        "passage_of": np.array([row.passage for row in rows], np.int32),
        "kinds": np.array([row.kind for row in rows], np.uint8),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    columns = {"facts": [_plain(fact) for fact in facts], "documents": list(documents)}
    _write_json(folder / _COLUMNS, columns)
    _write_json(folder / "keys.json", [passage.key for passage in passages])
    Postings.of([row.text for row in rows]).save(folder)
    for path in folder.iterdir():
        flush(path)


def read_segment(folder: Path, first_row: int) -> Segment:
    """Return the segment in `folder`.

    Raises:
        FileNotFoundError: it is not there (any more).
        IndexDamaged: a file is broken.
    """
    try:
        columns = json.loads((folder / _COLUMNS).read_text("utf-8"))
        arrays = [np.load(folder / f"{name}.npy", allow_pickle=False) for name in _ARRAYS]
        return Segment(
            first_row, folder, *arrays,
            facts=tuple(_facts(one) for one in columns["facts"]),
            documents=tuple((name, hash_) for name, hash_ in columns["documents"]),
            postings=Postings.load(folder),
            lines=np.memmap(folder / _PASSAGES, dtype=np.uint8, mode="r"),
        )  # fmt: skip
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(
            f"{folder} cannot be read ({error}); delete the knowledge folder and sync again"
        ) from error


def _write_json(path: Path, contents: Any) -> None:
    path.write_text(json.dumps(contents, ensure_ascii=False), encoding="utf-8")


def _plain(facts: Facts) -> list[Any]:
    days = (facts.valid_from, facts.valid_until)
    return [facts.language, facts.tags, facts.audience, *(day and day.isoformat() for day in days)]


def _facts(stored: Sequence[Any]) -> Facts:
    language, tags, audience, *days = stored
    first, last = (date.fromisoformat(day) if day else None for day in days)
    return Facts(language, tuple(tags), tuple(audience), first, last)
