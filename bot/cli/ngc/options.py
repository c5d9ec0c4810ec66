"""Options that several `frontdesk ngc` commands share, and their progress bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bot.ngc.tasks.model import Progress as Report

console = Console(stderr=True, emoji=False)


class Task(StrEnum):
    """What is to be found in texts."""

    intent = "intent"
    slots = "slots"
    ner = "ner"
    sentiment = "sentiment"
    relations = "relations"


class Preset(StrEnum):
    """How it is learnt."""

    light = "light"
    accurate = "accurate"
    auto = "auto"


TaskOption = Annotated[Task, typer.Option("--task", help="What is to be found in texts.")]
TrainOption = Annotated[
    Path,
    typer.Option("--train", help="CSV, JSON lines, nlu.yml or a project's folder to learn from."),
]
TestOption = Annotated[
    Path | None,
    typer.Option("--test", help="What to measure on; the same file is filtered by its splits."),
]
ValidOption = Annotated[
    Path | None,
    typer.Option("--valid", help="For thresholds and early stopping; by default rows `valid`."),
]
TrainSplitOption = Annotated[
    str, typer.Option("--train-split", help="Rows of the training file to learn, by their split.")
]
TestSplitOption = Annotated[
    str | None, typer.Option("--test-split", help="Rows of the test file to measure on.")
]
PresetOption = Annotated[
    Preset,
    typer.Option("--preset", help="light: seconds; accurate: minutes; auto: the better of both."),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Of every random choice.")]
ThreadsOption = Annotated[
    int, typer.Option("--threads", min=0, help="To train with; 0: one per core.")
]
HoldoutOption = Annotated[
    float,
    typer.Option("--holdout", min=0.01, max=0.9, help="Share to test on where there is no test."),
]
PrecisionOption = Annotated[
    float | None,
    typer.Option(
        "--target-precision", min=0.01, max=1.0,
        help="Refuse answers as out of scope so that this share of the others is right.",
    ),
]  # fmt: skip


@contextmanager
def progress_bar(threads: int, *, is_quiet: bool = False) -> Iterator[Report]:
    """Yield what receives the progress; numerical libraries get `threads`, or one.

    Several of their threads spin against whatever else runs; torch is told apart from them.
    """
    from threadpoolctl import threadpool_limits

    columns = (TextColumn("{task.description:<32}"), BarColumn(), TaskProgressColumn())
    with (
        Progress(*columns, TimeElapsedColumn(), console=console, disable=is_quiet) as bars,
        threadpool_limits(limits=threads or 1),
    ):
        row = bars.add_task("starting", total=1.0)
        yield lambda what, share: bars.update(row, description=what, completed=share)
