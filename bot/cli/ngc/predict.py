"""`frontdesk ngc predict`: what a model finds in texts, one JSON object per line."""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from bot.errors import BotError
from bot.ngc.tasks import folder
from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.records import Mistake, pair_of
from bot.ngc.tasks.sample import Sample
from bot.ngc.tasks.wire import as_json

BATCH = 64


def predict(
    model: Annotated[Path, typer.Option("--model", help="Folder of a trained model.")],
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; without any, the lines of standard input.")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Labels of the ranking to tell.")] = 3,
) -> None:
    """Tell what a model finds; of relations the pair is marked as <e1>..</e1> and <e2>..</e2>."""
    trained = folder.load(model)
    lines = texts or (line.rstrip("\n") for line in sys.stdin)
    samples = (read(line, trained.task) for line in lines)
    while batch := list(islice(samples, BATCH)):
        for sample, found in zip(batch, trained.predict(batch), strict=True):
            typer.echo(json.dumps(as_json(sample, found, top), ensure_ascii=False))


def read(line: str, task: TaskName) -> Sample:
    """Return the sample of a text that somebody typed.

    Raises:
        BotError: a relation lacks its pair.
    """
    if task != "relations":
        return Sample(text=line)
    try:
        return pair_of(line)
    except Mistake as mistake:
        raise BotError(f"{line!r}: {mistake.problem}; {mistake.hint}") from mistake
