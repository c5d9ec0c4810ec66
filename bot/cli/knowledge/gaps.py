"""`frontdesk knowledge gaps`: what customers asked and got no answer to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.knowledge.options import FolderArgument, JsonOption, console, progress_bar
from bot.cli.places import store_url
from bot.formats.service import settings_of
from bot.training.exchanges import Exchange, read_exchanges
from bot.training.gaps import Gap, gaps_in
from knowledge.languages import BilingualEmbedder


def gaps(
    folder: FolderArgument = Path(),
    days: Annotated[
        int, typer.Option("--days", min=0, help="How far back to look; 0: to the beginning.")
    ] = 0,
    min_count: Annotated[
        int, typer.Option("--min-count", min=1, help="Leave rarer questions out.")
    ] = 1,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many to show.")] = 30,
    as_json: JsonOption = False,
) -> None:
    """List questions that the bot could not answer, or that led to a person, grouped by meaning."""
    settings = settings_of(folder)
    with progress_bar() as progress:
        progress("reading conversations", 0.0)
        exchanges = asyncio.run(_read(store_url(settings, folder), days))
        found = gaps_in(exchanges, BilingualEmbedder(), progress, min_count=min_count)[:limit]
    if as_json:
        typer.echo(json.dumps([asdict(gap) for gap in found], ensure_ascii=False, indent=1))
    elif found:
        _tell(found)
    else:
        console.print("No question was left without an answer.")


async def _read(url: str, days: int) -> list[Exchange]:
    since = datetime.now(UTC) - timedelta(days=days) if days else None
    exchanges = [exchange async for exchange in read_exchanges(url)]
    return [one for one in exchanges if since is None or one.asked_at >= since]


def _tell(found: Sequence[Gap]) -> None:
    table = Table(show_lines=True)
    for name in ("asked", "don't know", "to a person"):
        table.add_column(name, justify="right")
    table.add_column("question", ratio=1)
    table.add_column("operators answered", ratio=1)
    for gap in found:
        others = [f"  {question}" for question in gap.questions]
        table.add_row(
            str(gap.count),
            str(gap.unanswered),
            str(gap.led_to_person),
            "\n".join([f"{gap.question} ({gap.language})", *others]),
            "\n\n".join(gap.answers),
        )
    Console(emoji=False).print(table, markup=False)
