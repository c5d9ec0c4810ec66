"""Texts as the pieces that an encoder reads, and where in them units and entities lie."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bot.ngc.component import MAX_CHARS
from bot.ngc.tasks.sample import Sample, Span
from bot.ngc.transformer.units import Granularity, Unit, units_of
from knowledge.embedder import FloatArray

MAX_PIECES: Final = 256
"""Longer texts are cut; a short sentence model gains nothing beyond."""
HEAD_MARK: Final = "$"
TAIL_MARK: Final = "#"
"""What stands around the two entities of a relation, as in R-BERT
(https://arxiv.org/abs/1905.08284)."""
_NOWHERE: Final = Span(0, 0, "")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A text as an encoder reads it."""

    ids: tuple[int, ...]
    """With the special pieces at both ends."""
    spots: tuple[tuple[int, int], ...]
    """Ranges of `ids` whose vectors are averaged and stand for the text: all of it, and of a
    relation its head and its tail before."""
    units: tuple[Unit, ...] = ()
    firsts: tuple[int, ...] = ()
    """Where in `ids` each unit begins."""
    spellings: tuple[int, ...] = ()
    """How each piece is written (`spelling_of`); empty if the encoder sees that itself."""


SPELLINGS: Final = 8
"""How many ways of writing `spelling_of` tells apart."""


def spelling_of(word: str) -> int:
    """Return which of `SPELLINGS` `word` is: what an encoder without capitals cannot see."""
    checks = (
        word.startswith(("@", "#", "http")),
        any(letter.isdigit() for letter in word),
        word.islower(),
        word.isupper() and len(word) > 1,
        word.istitle(),
        any(letter.isupper() for letter in word),
    )
    return 1 + checks.index(True) if any(checks) else 1 + len(checks)


class Pieces:
    """Cuts texts into pieces; safe to use from several threads."""

    def __init__(
        self, tokenizer: str, *, granularity: Granularity | None = None, has_spellings: bool = False
    ) -> None:
        """Read the JSON of a tokenizer.

        Args:
            tokenizer: As the package `tokenizers` writes it.
            granularity: Of the units that carry tags; None if there are none.
            has_spellings: Whether to tell how words are written.
        """
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_str(tokenizer)  # no type stubs
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._granularity: Granularity | None = granularity
        self._has_spellings = has_spellings
        ends = self._tokenizer.encode("").ids
        self._first, self._last = ends[0], ends[-1]
        unknown = json.loads(tokenizer)["model"]
        self._unknown = unknown.get("unk_id")
        if self._unknown is None:
            self._unknown = self._tokenizer.token_to_id(unknown["unk_token"])

    def encode(self, sample: Sample, *, limit: int = MAX_PIECES) -> Encoded:
        """Return the pieces of a text, at most `limit` of them; blanks alone give the two ends."""
        text = _SURROGATE.sub("\ufffd", sample.text[:MAX_CHARS])
        if self._granularity is None:
            ids = self._plain(text)[: limit - 2]
            return Encoded(ids=self._closed(ids), spots=((0, len(ids) + 2),))
        return self._by_unit(text, units_of(text, self._granularity), limit)

    def encode_relation(self, sample: Sample, *, limit: int = MAX_PIECES) -> Encoded:
        """Return the pieces of a text with marks around its two spans, head and tail.

        The part of a long text that lies around them is kept. Without two spans the marks stand
        in front of the text.
        """
        text = _SURROGATE.sub("\ufffd", sample.text)
        ids: list[int] = []
        opened: dict[str, int] = {}
        ranges: dict[str, tuple[int, int]] = {}
        before = 0
        for place, mark in _marks(*(*sample.spans, _NOWHERE, _NOWHERE)[:2]):
            ids.extend(self._plain(text[before:place]))
            before = place
            if mark in opened:
                ranges[mark] = (opened[mark], len(ids) + 1)
            opened.setdefault(mark, len(ids))
            ids.extend(self._plain(mark)[-1:])
        ids.extend(self._plain(text[before:]))
        first, last = min(opened.values()), max(end for _, end in ranges.values())
        skipped = max(0, min(first, last - (limit - 2)))
        kept = ids[skipped : skipped + limit - 2]
        spots = [
            _clipped(start - skipped + 1, end - skipped + 1, len(kept))
            for start, end in (ranges[HEAD_MARK], ranges[TAIL_MARK])
        ]
        return Encoded(ids=self._closed(kept), spots=(*spots, (0, len(kept) + 2)))

    def _by_unit(self, text: str, units: Sequence[Unit], limit: int) -> Encoded:
        ids: list[int] = []
        firsts: list[int] = []
        spellings = [0]
        for start, end in units:
            found = self._of_unit(text[start:end])
            if len(ids) + len(found) > limit - 2:
                break
            firsts.append(len(ids) + 1)
            ids.extend(found)
            spellings.extend([spelling_of(text[start:end])] * len(found))
        return Encoded(
            ids=self._closed(ids),
            spots=((0, len(ids) + 2),),
            units=tuple(units[: len(firsts)]),
            firsts=tuple(firsts),
            spellings=(*spellings, 0) if self._has_spellings else (),
        )

    def _of_unit(self, unit: str) -> list[int]:
        """Return the pieces of a unit: of a Han character one, without the mark of a new word."""
        if len(unit) == 1 and (known := self._tokenizer.token_to_id(unit)) is not None:
            return [known]
        # A control character alone has no piece, but the unit needs a place.
        return self._plain(unit) or [self._unknown]

    def _plain(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def _closed(self, ids: Sequence[int]) -> tuple[int, ...]:
        return (self._first, *ids, self._last)


def _marks(head: Span, tail: Span) -> list[tuple[int, str]]:
    """Return where marks stand and which, in their order; the first of a kind opens.

    Where one entity ends and the other begins, the end comes first.
    """
    events: list[tuple[int, int, int, str]] = []
    for order, (span, mark) in enumerate(((head, HEAD_MARK), (tail, TAIL_MARK)), start=1):
        events.append((span.start, order, 0, mark))
        events.append((span.end, order if span.start == span.end else -order, 1, mark))
    return [(place, mark) for place, _, _, mark in sorted(events)]


def _clipped(start: int, end: int, length: int) -> tuple[int, int]:
    """Return a range that holds at least one piece of the text between the special ones."""
    start = min(max(start, 1), length)
    return start, max(min(end, length + 1), start + 1)


def spelling_rows(table: FloatArray, batch: Sequence[Encoded]) -> FloatArray | None:
    """Return what spellings add to the embeddings; None without spellings.

    Shapes:
        table: float32 [SPELLINGS, dim]; result: float32 [texts, longest, dim].
    """
    if not batch[0].spellings:
        return None
    codes = np.zeros((len(batch), max(len(one.ids) for one in batch)), dtype=np.int64)
    for row, one in enumerate(batch):
        codes[row, : len(one.spellings)] = one.spellings
    return table[codes]
