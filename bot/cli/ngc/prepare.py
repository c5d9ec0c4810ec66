"""`frontdesk ngc prepare`: labelled texts cleaned, checked and, if wanted, made more."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.ngc.options import (
    Preset,
    PresetOption,
    SeedOption,
    Task,
    ThreadsOption,
    console,
    progress_bar,
)
from bot.cli.ngc.wordings import reworder
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.preparation import (
    Prepared,
    check,
    clean_up,
    enlarge,
    measure_additions,
    reword,
)
from bot.ngc.tasks.reader import read_samples
from bot.ngc.tasks.steps import within
from bot.ngc.tasks.writer import write_samples


def prepare(
    file: Annotated[Path, typer.Argument(help="CSV, JSON lines, nlu.yml or a project's folder.")],
    out: Annotated[Path, typer.Option("--out", help="Where the result goes: .csv or .jsonl.")],
    task: Annotated[Task, typer.Option("--task", help="Which labels the file has.")] = Task.intent,
    review: Annotated[
        Path | None, typer.Option("--review", help="Where likely mistakes are listed, as CSV.")
    ] = None,
    augments: Annotated[
        bool, typer.Option("--augment", help="Add misspelt, reworded and refilled texts.")
    ] = False,
    copies: Annotated[int, typer.Option("--copies", min=1, max=10, help="New per text.")] = 1,
    writer: Annotated[
        str | None,
        typer.Option(
            "--paraphrase",
            help="Add wordings of a language model: a folder, a GGUF file, an installed package,"
            " or MODEL@URL of an OpenAI-compatible server.",
        ),
    ] = None,
    preset: PresetOption = Preset.light,
    count: Annotated[
        int, typer.Option("--folds", min=0, help="Of the checks by training; 0 leaves them out.")
    ] = 5,
    seed: SeedOption = 0,
    threads: ThreadsOption = 0,
) -> None:
    """Clean texts, leave duplicates out, list likely mistakes, and tell whether additions help."""
    done = clean_up(read_samples(file, task.value))
    if augments:
        done = enlarge(done, copies, seed)
    if writer is not None:
        with progress_bar(threads) as progress:
            done = reword(done, reworder(writer), copies, progress)
    if count:
        lesson = Lesson(task=task.value, train=done.samples, seed=seed, threads=threads)
        with progress_bar(threads) as progress:
            done = check(done, lesson, preset.value, count, within(progress, 0.0, 0.5))
            if augments:
                later = within(progress, 0.5, 1.0)
                done = measure_additions(done, lesson, preset.value, count, copies, later)
    write_samples(out, task.value, [*done.samples, *done.added])
    place = review or out.with_suffix(".review.csv")
    _write_review(place, done)
    _tell(done)
    told = f"Wrote {out}; {len(done.doubts)} texts to look at are in {place}"
    console.print(told, markup=False, highlight=False)


def _write_review(place: Path, done: Prepared) -> None:
    with place.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["line", "reason", "text", "label", "suggested", "confidence", "other_line"])
        for one in done.doubts:
            sure = f"{one.confidence:.3f}" if one.confidence else ""
            rows.writerow([
                one.sample.line, one.reason, one.sample.text, one.sample.label, one.suggested,
                sure, one.line or "",
            ])  # fmt: skip


def _tell(done: Prepared) -> None:
    table = Table("", "texts")
    for name, value in (
        ("read", done.read),
        ("blank, left out", done.blank),
        ("said before, left out", done.duplicates),
        ("nearly said before, left out", done.near_duplicates),
        ("left", len(done.samples)),
        ("added", len(done.added)),
    ):
        table.add_row(name, str(value))
    if done.score is not None:
        table.add_row("cross-validated", f"{done.score:.4f}")
    if done.score_with_added is not None:
        table.add_row("cross-validated, with additions", f"{done.score_with_added:.4f}")
        table.add_row("so the additions", verdict(done))
    Console().print(table, markup=False)


def verdict(done: Prepared) -> str:
    """Return whether the additions help, by more than chance (one standard error) would."""
    before, after = done.score or 0.0, done.score_with_added or 0.0
    error = math.sqrt(max(before * (1 - before), 1e-9) / len(done.samples))
    if abs(after - before) <= error:
        return "make no clear difference"
    return "help" if after > before else "do harm"
