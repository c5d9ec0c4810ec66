"""`frontdesk data validate`: every mistake of a project at once, each with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli.train import one_config, show_warnings
from bot.cli.train_options import ConfigOption, DataOption, DomainOption, Folder
from bot.training.checked import checked_project
from bot.training.conflicts import check_rules, conflicts

console = Console(stderr=True, emoji=False)
FailOption = Annotated[bool, typer.Option(help="Warnings are mistakes.")]
HistoryOption = Annotated[
    int | None, typer.Option("--max-history", min=1, help="Turns that conflicts may look back.")
]


def validate(
    folder: Folder = Path(),
    fail_on_warnings: FailOption = False,
    max_history: HistoryOption = None,
    config: ConfigOption = None,
    domain: DomainOption = None,
    data: DataOption = None,
) -> None:
    """Check a project without training it."""
    project = checked_project(
        folder,
        config=one_config(config),
        domain=domain,
        data=data,
        finds_conflicts=True,
        max_history=max_history,
    )
    check_rules(project)
    _finish(project.warnings, fail_on_warnings=fail_on_warnings)


def validate_stories(
    folder: Folder = Path(),
    fail_on_warnings: FailOption = False,
    max_history: HistoryOption = None,
    config: ConfigOption = None,
    domain: DomainOption = None,
    data: DataOption = None,
) -> None:
    """Check only whether stories and rules contradict each other."""
    project = checked_project(folder, config=one_config(config), domain=domain, data=data)
    check_rules(project)
    _finish(conflicts(project, max_history), fail_on_warnings=fail_on_warnings)


def _finish(warnings: tuple[str, ...], *, fail_on_warnings: bool) -> None:
    """Show the warnings.

    Raises:
        Exit: there are some, and the user calls them mistakes.
    """
    show_warnings(warnings)
    if warnings and fail_on_warnings:
        raise typer.Exit(1)
    console.print("No mistakes found.")
