"""`frontdesk train`: train the bot in a folder, unless its files are unchanged."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from bot.formats.fingerprint import fingerprint
from bot.training.package import package_folder

MODELS = Path(".frontdesk") / "models"
console = Console(stderr=True)


def train(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    force: Annotated[bool, typer.Option(help="Train although nothing changed.")] = False,
) -> None:
    """Train the bot of a project."""
    print(ensure_trained(folder, force=force))  # noqa: T201 - the command's result


def ensure_trained(folder: Path, *, force: bool = False) -> Path:
    """Return the package of the project as its files are now, trained if there is none.

    Raises:
        ConfigErrors: the project has mistakes, told all at once; nothing was written.
    """
    files = fingerprint(folder)
    target = package_folder(folder / MODELS, files)
    if target.is_dir() and not force:
        return target
    # Training imports scikit-learn; a server that starts with a trained bot must not wait for it.
    from bot.training.passages import checked_project
    from bot.training.train import train_project

    started = time.perf_counter()
    project = dataclasses.replace(checked_project(folder), fingerprint=files)
    if project.warnings:
        told = f"{len(project.warnings)} warnings; `frontdesk data validate` shows them"
        console.print(told, style="yellow", markup=False)
    with Progress(
        TextColumn("{task.description:<44}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as bars:
        task = bars.add_task("training", total=1.0)

        def progress(what: str, share: float) -> None:
            bars.update(task, description=what, completed=share)

        trained = train_project(project, folder / MODELS, progress)
    console.print(f"Trained in {time.perf_counter() - started:.1f} s: {trained}", highlight=False)
    return trained
