"""What markers found as Rasa's CSV tables: every place, and statistics of the turns before them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean, median

from bot.evaluation.markers import Session

Row = tuple[object, ...]
Results = Mapping[str, Sequence[Session]]
"""The sessions of each conversation, by its id."""
FOUND_HEADER = ("sender_id", "session_idx", "marker", "event_idx", "num_preceding_user_turns")
STATISTICS_HEADER = ("sender_id", "session_idx", "marker", "statistic", "value")
EVERYBODY, NO_MARKER = "all", "-"
_PER_SESSION_ORDER = ("count", "max", "mean", "median", "min")


def found_rows(results: Results) -> Iterator[Row]:
    """Iterate over all places where a marker applies."""
    for sender_id, sessions in results.items():
        for number, session in enumerate(sessions):
            for name, places in session.items():
                for place in places:
                    yield sender_id, number, name, place.event_index, place.user_turns


def overall_rows(results: Results) -> Iterator[Row]:
    """Iterate over the statistics over all sessions."""
    sessions = [session for several in results.values() for session in several]
    everywhere = (EVERYBODY, math.nan)
    names = _names(sessions)
    yield *everywhere, NO_MARKER, "total_number_of_sessions", len(sessions)
    for name in names:
        count = sum(bool(session[name]) for session in sessions)
        told = "of_sessions_where_marker_applied_at_least_once"
        yield *everywhere, name, f"number_{told}", count
        yield *everywhere, name, f"percentage_{told}", count / len(sessions) * 100
    for name in names:
        turns = [place.user_turns for session in sessions for place in session[name]]
        for key, value in _statistics(turns).items():
            yield *everywhere, name, _turns(key), value


def per_session_rows(results: Results) -> Iterator[Row]:
    """Iterate over the statistics of each session, by marker and by kind of number."""
    listed = [
        (sender_id, number, session)
        for sender_id, sessions in results.items()
        for number, session in enumerate(sessions)
    ]
    for name in _names([session for _, _, session in listed]):
        for key in _PER_SESSION_ORDER:
            for sender_id, number, session in listed:
                turns = [place.user_turns for place in session[name]]
                yield sender_id, number, name, _turns(key), _statistics(turns)[key]


def write_table(path: Path, header: Row, rows: Iterable[Row]) -> None:
    """Write a CSV file; fractions are rounded to three digits."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([_rounded(cell) for cell in row] for row in rows)


def _names(sessions: Sequence[Session]) -> list[str]:
    return sorted(sessions[0]) if sessions else []


def _statistics(values: Sequence[int]) -> dict[str, float]:
    """Return count, mean, median, min and max; not a number where there is nothing."""
    if not values:
        return {"count": 0, **dict.fromkeys(("mean", "median", "min", "max"), math.nan)}
    return {
        "count": len(values),
        "mean": float(mean(values)),
        "median": float(median(values)),
        "min": min(values),
        "max": max(values),
    }


def _turns(statistic: str) -> str:
    return f"{statistic}(number of preceding user turns)"


def _rounded(cell: object) -> object:
    return round(cell, 3) if isinstance(cell, float) else cell
