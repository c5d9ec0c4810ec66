"""`frontdesk nsm compress`: a smaller model, and what that costs."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.cli.ngc.options import SeedOption, ThreadsOption, console, progress_bar
from bot.ngc.tasks import folder
from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.reader import read_samples
from bot.ngc.tasks.sample import Sample
from bot.ngc.tasks.splits import TEST, TRAIN, VALID, part
from bot.nsm.compress import Order, compress
from bot.nsm.measure import Measured, measure


class Target(StrEnum):
    """How a model becomes smaller."""

    int8 = "int8"
    distil = "distil"
    static = "static"
    prune = "prune"


class Precision(StrEnum):
    """How the products of the encoder are computed."""

    float32 = "float32"
    block8 = "block8"
    dynamic8 = "dynamic8"
    static8 = "static8"


def compress_model(
    model: Annotated[Path, typer.Argument(help="Folder of a model trained as `accurate`.")],
    target: Annotated[
        Target,
        typer.Option(
            "--target",
            help="int8: the same network in 8 bits; distil: fewer layers; static: a vector per "
            "piece of a word; prune: a smaller vocabulary.",
        ),
    ],
    train: Annotated[
        Path, typer.Option("--train", help="Texts of the kind that it reads: its training file.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the smaller model.")],
    test: Annotated[
        Path | None, typer.Option("--test", help="Labelled texts to measure both models on.")
    ] = None,
    train_split: Annotated[str, typer.Option("--train-split", help="Rows of --train.")] = TRAIN,
    test_split: Annotated[str, typer.Option("--test-split", help="Rows of --test.")] = TEST,
    precision: Annotated[
        Precision, typer.Option("--precision", help="Of `int8`.")
    ] = Precision.dynamic8,
    layers: Annotated[int, typer.Option("--layers", min=1, help="Of `distil`.")] = 3,
    seed: SeedOption = 0,
    threads: ThreadsOption = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Make a trained model smaller, and tell size, time, memory and accuracy before and after."""
    trained = folder.load(model)
    folder.check_free(out)
    samples = part(read_samples(train, trained.task), train_split, TRAIN)
    order = Order(
        target=target.value, samples=samples, precision=precision.value, layers=layers, seed=seed,
        threads=threads,
    )  # fmt: skip
    with progress_bar(threads, is_quiet=as_json) as progress:
        smaller = compress(trained, order, progress)
    folder.save(smaller, out)
    if test is None:
        console.print(f"Wrote {out}", markup=False, highlight=False)
        return
    tested = _tested(test, trained.task, test_split)
    with console.status(f"measuring both on {len(tested)} texts"):
        figures = [measure("before", model, tested), measure("after", out, tested)]
    _print(figures, as_json=as_json)


def _tested(file: Path, task: TaskName, split: str) -> tuple[Sample, ...]:
    return part(read_samples(file, task), split, TEST, VALID)


def _print(figures: list[Measured], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({one.name: asdict(one) for one in figures}))
        return
    table = Table("", "score", "model MB", "memory MB", "start s", "p50 ms", "p99 ms")
    for one in figures:
        table.add_row(
            one.name, f"{one.score:.1%}", f"{one.model_mb:.1f}", f"{one.resident_mb:.0f}",
            f"{one.start_s:.2f}", f"{one.p50_ms:.2f}", f"{one.p99_ms:.2f}",
        )  # fmt: skip
    console.print(table)
