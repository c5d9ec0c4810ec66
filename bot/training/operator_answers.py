"""What operators answered, as a table for review: nothing of it is used before a person says so."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.errors import BotError
from bot.training.exchanges import Exchange
from bot.training.redaction import names_in, redact
from knowledge.errors import Unreadable
from knowledge.files import replace
from knowledge.sources.csv_table import delimiter_of
from knowledge.sources.decoding import decode

COLUMNS: Final = ("approved", "language", "question", "answer", "conversation", "id")
MIN_QUESTION_CHARS: Final = 8
MIN_ANSWER_CHARS: Final = 15
"""Shorter ones are greetings and thanks; a Han character counts as two."""
_ASKS_BACK: Final = ("?", "？")
_MARK: Final = "\ufeff"
"""Tells spreadsheet programs that the table is UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAnswer:
    """A question and the answer of a person, without what points to the customer."""

    id: str
    conversation: str
    language: str
    question: str
    answer: str


async def answers_in(exchanges: AsyncIterator[Exchange]) -> list[OperatorAnswer]:
    """Return what operators answered in conversations that are closed, each question once."""
    found: dict[str, OperatorAnswer] = {}
    async for exchange in exchanges:
        if exchange.is_resolved and exchange.answers:
            answer = _answer(exchange)
            if answer is not None:
                found.setdefault(answer.id, answer)
    return list(found.values())


def add_answers(path: Path, answers: Sequence[OperatorAnswer]) -> int:
    """Add the answers that the table at `path` does not hold yet; return how many those are.

    What people wrote into the table stays as it is.

    Raises:
        BotError: the table is none any more.
    """
    text = _text(path)
    delimiter = delimiter_of(text) if text.strip() else ","
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header = [name.strip().lower() for name in rows[0]] if rows else list(COLUMNS)
    if "id" not in header:
        raise BotError(f"{path}:1:1: the column `id` is gone; name it again, or move the file away")
    place = header.index("id")
    known = {row[place].strip() for row in rows[1:] if len(row) > place}
    new = [answer for answer in answers if answer.id not in known]
    if new:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = "" if not text else text if text.endswith("\n") else f"{text}\r\n"
        added = _lines(new, header, delimiter, with_header=not rows)
        replace(path, f"{_MARK}{before}{added}")
    return len(new)


def waiting(path: Path) -> int:
    """Return how many answers in the table at `path` nobody has looked at."""
    rows = csv.DictReader(io.StringIO(_text(path), newline=""), delimiter=delimiter_of(_text(path)))
    return sum(not (row.get("approved") or "").strip() for row in rows)


def _answer(exchange: Exchange) -> OperatorAnswer | None:
    """Return the answer in an exchange, None if it has no worth for other customers."""
    said = "\n".join(exchange.answers)
    names = exchange.names | names_in(exchange.question) | names_in(said)
    question, answer = redact(exchange.question, names), redact(said, names)
    is_short = _size(question) < MIN_QUESTION_CHARS or _size(answer) < MIN_ANSWER_CHARS
    if is_short or answer.rstrip().endswith(_ASKS_BACK):
        return None
    digest = hashlib.sha256(f"{question}\n{answer}".encode()).hexdigest()
    return OperatorAnswer(
        id=digest[:12],
        conversation=exchange.conversation_id,
        language=exchange.language or "",
        question=question,
        answer=answer,
    )


def _size(text: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


def _text(path: Path) -> str:
    """Return the table as it is, an empty text without one.

    Raises:
        BotError: it is no text.
    """
    try:
        return decode(path.read_bytes()) if path.exists() else ""
    except Unreadable as error:
        raise BotError(f"{path} {error}") from error


def _lines(
    answers: Iterable[OperatorAnswer], header: Sequence[str], delimiter: str, *, with_header: bool
) -> str:
    """Return the rows of `answers` in the columns that the table has."""
    out = io.StringIO(newline="")
    rows = csv.writer(out, delimiter=delimiter)
    if with_header:
        rows.writerow(header)
    for one in answers:
        values = {name: getattr(one, name, "") for name in COLUMNS}
        rows.writerow([_harmless(values.get(name, "")) for name in header])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
