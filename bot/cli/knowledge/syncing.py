"""Syncing as the commands do it: with a progress bar, and lines that say what was done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.cli.knowledge.options import console, progress_bar
from bot.project import Settings
from bot.training.knowledge import open_base, sync_project, unread_sources
from knowledge.sources.source import SourceProblem
from knowledge.sync import Synced

SHOWN_PROBLEMS = 20


def sync_files(folder: Path, settings: Settings) -> None:
    """Bring the base up to date with the project's files, as training does; tell what changed.

    Raises:
        KnowledgeUnusable: the base is damaged, or of another version.
    """
    if not settings.knowledge_sources and not (folder / settings.knowledge_folder).exists():
        return
    base = open_base(folder, settings)
    with progress_bar() as progress:
        done = sync_project(base, folder, settings, progress, is_local=True)
    if done.is_change:
        console.print(f"  knowledge     {summary(done)}", highlight=False)
    tell_problems(done.problems)
    for source in unread_sources(base, folder, settings):
        told = f"{source.name} was not read yet; `frontdesk knowledge sync` does it"
        console.print(told, style="yellow", markup=False, soft_wrap=True)


def summary(done: Synced) -> str:
    """Return what a sync did, in one line."""
    counts = (
        (done.added, "new"),
        (done.changed, "changed"),
        (done.removed, "removed"),
        (done.unchanged, "unchanged"),
    )
    parts = [f"{count} {word}" for count, word in counts if count]
    told = ", ".join(parts) or "no documents"
    return f"{told} ({done.passages} passages read)" if done.passages else told


def tell_problems(problems: Sequence[SourceProblem]) -> None:
    """Print one line for each document that could not be read."""
    for problem in problems[:SHOWN_PROBLEMS]:
        console.print(str(problem), style="yellow", markup=False, soft_wrap=True)
    if (more := len(problems) - SHOWN_PROBLEMS) > 0:
        console.print(f"{more} more; `frontdesk knowledge list` shows all", style="yellow")
