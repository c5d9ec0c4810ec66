"""`frontdesk data validate`: every mistake of a project at once, each with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.dialogue.model import DialogueModel
from bot.training.passages import checked_project


def validate(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    fail_on_warnings: Annotated[bool, typer.Option(help="Warnings are mistakes.")] = False,
) -> None:
    """Check a project without training it."""
    console = Console(stderr=True, emoji=False)
    project = checked_project(folder)
    DialogueModel.train(project)
    for warning in project.warnings:
        console.print(warning, style="yellow", markup=False, soft_wrap=True)
    if project.warnings and fail_on_warnings:
        raise typer.Exit(1)
    console.print("No mistakes found.")
