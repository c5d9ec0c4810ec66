"""What the commands share: the project's folder, where they print, and their progress bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from knowledge.base import Progress as Report

console = Console(stderr=True, emoji=False)
NAME_CHARS = 44
"""Of what is being done, beside the bar."""
FolderArgument = Annotated[Path, typer.Argument(help="The project's folder.")]
ProjectOption = Annotated[Path, typer.Option("--project", help="The project's folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def progress_bar() -> Iterator[Report]:
    """Yield what receives the progress; nothing is left of the bar afterwards."""
    columns = (TextColumn("{task.description:<44}", markup=False), BarColumn())
    with Progress(
        *columns, TaskProgressColumn(), TimeElapsedColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    ) as bars:  # fmt: skip
        row = bars.add_task("looking at the sources", total=1.0)
        yield lambda what, share: bars.update(row, description=_short(what), completed=share)


def _short(what: str) -> str:
    """Return `what` in the width of its column; of a long path the end says more."""
    if len(what) <= NAME_CHARS:
        return what
    verb, _, rest = what.partition(" ")
    return f"{verb} …{rest[-(NAME_CHARS - len(verb) - 2) :]}"
