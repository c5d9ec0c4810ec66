"""`frontdesk knowledge search`: what a question finds, and how sure that is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.knowledge.options import JsonOption, ProjectOption, console
from bot.formats.service import settings_of
from bot.training.knowledge import open_base
from knowledge.types import Filters, Hit

SHOWN_CHARS = 240
"""Of a text; --json tells all of it."""
SURE, LIKELY = 0.7, 0.5
"""Probabilities from which a hit is green, and yellow."""


def search(
    text: Annotated[str, typer.Argument(help="What a customer asks.")],
    project: ProjectOption = Path(),
    language: Annotated[
        str | None, typer.Option("--language", help="Of the question; detected by default.")
    ] = None,
    count: Annotated[int, typer.Option("-k", min=1, max=100, help="How many hits.")] = 5,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="Only passages with this tag; repeatable.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only passages in this language; repeatable.")
    ] = None,
    audience: Annotated[
        list[str] | None, typer.Option("--audience", help="Who asks, such as staff; repeatable.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="The day; by default today."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show which passages answer a question, with the chance that each is right."""
    base = open_base(project, settings_of(project), read_only=True)
    filters = Filters(
        tags=tuple(tags or ()), languages=tuple(only or ()), audience=tuple(audience or ()),
        on=on.date() if on else None,
    )  # fmt: skip
    hits = base.search(text, language, count, filters=filters)
    if as_json:
        typer.echo(json.dumps([_plain(hit) for hit in hits], ensure_ascii=False, indent=1))
    elif hits:
        _show(hits)
    elif not len(base):
        console.print("The knowledge base is empty; fill it with `frontdesk knowledge sync`.")
    else:
        console.print("Nothing was found.")


def _plain(hit: Hit) -> dict[str, object]:
    return {
        "probability": round(hit.probability or 0.0, 4),
        "score": round(hit.score, 4),
        "matched": hit.matched,
        "passage": hit.passage.to_dict(),
    }


def _show(hits: Sequence[Hit]) -> None:
    table = Table("chance", "cosine", "passage", show_lines=True)
    for hit in hits:
        passage, chance = hit.passage, hit.probability or 0.0
        colour = "green" if chance >= SURE else "yellow" if chance >= LIKELY else "dim"
        text = (
            passage.text if len(passage.text) <= SHOWN_CHARS else f"{passage.text[:SHOWN_CHARS]}…"
        )
        lines = [f"[bold]{escape(passage.title)}[/bold]  [dim]{escape(passage.key)}[/dim]"]
        if hit.matched != passage.title:
            lines.append(f"[italic]matched: {escape(hit.matched)}[/italic]")
        lines += [escape(text), f"[cyan]{escape(passage.source or passage.document)}[/cyan]"]
        table.add_row(f"[{colour}]{chance:.0%}[/{colour}]", f"{hit.score:.2f}", "\n".join(lines))
    Console(emoji=False).print(table)
