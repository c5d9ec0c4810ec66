"""`frontdesk evaluate markers`: finds points of interest in the stored conversations."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli.places import store_url
from bot.errors import BotError
from bot.evaluation.marker_files import read_markers
from bot.evaluation.marker_tables import (
    FOUND_HEADER,
    STATISTICS_HEADER,
    Results,
    found_rows,
    overall_rows,
    per_session_rows,
    write_table,
)
from bot.evaluation.markers import Marker, evaluate, unknown_names
from bot.events import Event
from bot.formats.events import is_ours
from bot.formats.project import load_project
from bot.formats.service import load_service
from bot.stores.history import read_history

console = Console(stderr=True, emoji=False)


class Strategy(StrEnum):
    """Which conversations are looked at."""

    ALL = "all"
    FIRST = "first_n"
    SAMPLE = "sample_n"


def markers(
    strategy: Annotated[Strategy, typer.Argument(help="Which conversations to look at.")],
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[COUNT] OUT.CSV",
            help="How many conversations, unless all; then the file with every place found.",
        ),
    ],
    config: Annotated[
        Path, typer.Option("--config", help="The markers: a YAML file, or a folder of them.")
    ] = Path("markers.yml"),
    no_stats: Annotated[bool, typer.Option("--no-stats", help="Write no statistics.")] = False,
    stats_file_prefix: Annotated[
        Path, typer.Option(help="Of `-overall.csv` and `-per-session.csv`.")
    ] = Path("stats"),
    seed: Annotated[int | None, typer.Option(help="Makes a sample repeatable.")] = None,
    endpoints: Annotated[
        Path | None, typer.Option("--endpoints", help="The project's `endpoints.yml`.")
    ] = None,
    domain: Annotated[
        Path | None, typer.Option("-d", "--domain", help="What the markers' names must be in.")
    ] = None,
) -> None:
    """Write where markers apply in the stored conversations, and statistics about it."""
    count, out = _count_and_file(strategy, words)
    stats = None if no_stats else stats_file_prefix
    _check_places(out, stats)
    known = load_project(Path(), domain=domain, is_training=True).domain
    wanted = read_markers(config)
    if wrong := list(unknown_names(wanted, known)):
        raise BotError("\n".join(wrong))
    url = store_url(load_service(Path(), endpoints=endpoints).settings, Path())
    stored = asyncio.run(_stored(url))
    chosen = _chosen(list(stored), strategy, count, seed)
    _write(_found(wanted, stored, chosen), out, stats)
    console.print(f"Looked at {len(chosen)} conversations; see {out}.", markup=False)


def _count_and_file(strategy: Strategy, words: Sequence[str]) -> tuple[int, Path]:
    counted = strategy is not Strategy.ALL
    if len(words) != 1 + counted:
        needed = "COUNT OUT.CSV" if counted else "OUT.CSV"
        raise typer.BadParameter(f"`{strategy}` needs {needed}")
    if counted and not (words[0].isdigit() and int(words[0])):
        raise typer.BadParameter(f"the count must be a number above 0, not `{words[0]}`")
    return int(words[0]) if counted else 0, Path(words[-1])


def _check_places(out: Path, stats: Path | None) -> None:
    """Refuse before the work what could not be written, or would be overwritten, as in Rasa.

    Raises:
        BotError: naming the file or the folder.
    """
    for path in (out, *_statistics_files(stats)):
        if path.exists():
            raise BotError(f"{path} exists already; remove it, or name another file")
        if not path.parent.is_dir():
            raise BotError(f"the folder {path.parent} does not exist; make it first")


def _statistics_files(stats: Path | None) -> list[Path]:
    if stats is None:
        return []
    return [stats.with_name(f"{stats.name}-{what}.csv") for what in ("overall", "per-session")]


async def _stored(url: str) -> dict[str, list[Event]]:
    """Return the events of all conversations, without those that only Frontdesk records."""
    found: dict[str, list[Event]] = {}
    async for conversation_id, stored in read_history(url):
        events = found.setdefault(conversation_id, [])
        if not is_ours(stored.event):
            events.append(stored.event)
    return found


def _chosen(ids: list[str], strategy: Strategy, count: int, seed: int | None) -> list[str]:
    match strategy:
        case Strategy.ALL:
            return ids
        case Strategy.FIRST:
            return ids[:count]
        case Strategy.SAMPLE:
            chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
            return chance.sample(ids, min(count, len(ids)))


def _found(
    wanted: Mapping[str, Marker], stored: Mapping[str, Sequence[Event]], chosen: Sequence[str]
) -> Results:
    return {name: evaluate(wanted, stored[name]) for name in chosen}


def _write(results: Results, out: Path, stats: Path | None) -> None:
    write_table(out, FOUND_HEADER, found_rows(results))
    if stats is not None:
        overall, per_session = _statistics_files(stats)
        write_table(overall, STATISTICS_HEADER, overall_rows(results))
        write_table(per_session, STATISTICS_HEADER, per_session_rows(results))
