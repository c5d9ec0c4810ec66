"""`frontdesk knowledge eval`: how well questions find the FAQ entries that answer them."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.knowledge.options import JsonOption, progress_bar
from bot.errors import BotError
from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeError
from knowledge.evaluation import Figures, evaluate, read_faq_lines, read_queries


def evaluate_faq(
    faq: Annotated[
        Path, typer.Option("--faq", help="JSON lines: id, question, answer.", exists=True)
    ],
    queries: Annotated[
        Path, typer.Option("--queries", help="JSON lines: query, relevant_ids.", exists=True)
    ],
    as_json: JsonOption = False,
) -> None:
    """Index a FAQ, ask questions of which the answers are known, and tell the figures."""
    try:
        figures = _figures(faq, queries)
    except KnowledgeError as error:
        raise BotError(str(error)) from error
    told = {name.replace("_at_", "@"): value for name, value in asdict(figures).items()}
    if as_json:
        typer.echo(json.dumps(told))
        return
    table = Table("", "value", title=f"{figures.queries} questions, {figures.passages} entries")
    for name, value in told.items():
        if name not in ("queries", "passages"):
            table.add_row(name, f"{value:g}")
    Console(emoji=False).print(table)


def _figures(faq: Path, queries: Path) -> Figures:
    passages = read_faq_lines(faq)
    asked = read_queries(queries, {passage.id for passage in passages})
    if not asked:
        raise BotError(f"{queries} holds no questions")
    with tempfile.TemporaryDirectory() as scratch, progress_bar() as progress:
        base = KnowledgeBase.open(Path(scratch))
        base.apply(added=passages, progress=progress)
        return evaluate(base, asked, progress)
