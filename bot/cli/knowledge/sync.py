"""`frontdesk knowledge sync`: bring the knowledge base up to date with all its sources."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.knowledge.options import FolderArgument, JsonOption, console, progress_bar
from bot.cli.knowledge.review import collect_answers
from bot.cli.knowledge.syncing import summary, tell_problems
from bot.errors import BotError
from bot.formats.service import settings_of
from bot.project import Settings
from bot.training.knowledge import open_base, sync_project


def sync(
    folder: FolderArgument = Path(),
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if a document could not be read.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read what changed in files, sites, databases and conversations."""
    settings = settings_of(folder)
    if not settings.knowledge_sources:
        raise BotError("config.yml names no sources; add one with `frontdesk knowledge add`")
    problems = sync_all(folder, settings, as_json=as_json)
    if problems and strict:
        raise typer.Exit(1)


def sync_all(folder: Path, settings: Settings, *, as_json: bool = False) -> int:
    """Sync with all sources and tell what was done; return how many documents were not read.

    Raises:
        KnowledgeUnusable: the base is damaged, or of another version.
        StoreError: the conversations cannot be read.
    """
    started = time.perf_counter()
    collect_answers(folder, settings)
    base = open_base(folder, settings)
    with progress_bar() as progress:
        done = sync_project(base, folder, settings, progress, is_local=False)
    tell_problems(done.problems)
    took_s = time.perf_counter() - started
    if as_json:
        typer.echo(json.dumps({**asdict(done), "took_s": round(took_s, 3)}, ensure_ascii=False))
    else:
        console.print(f"Synced in {took_s:.1f} s: {summary(done)}", highlight=False)
    return len(done.problems)
