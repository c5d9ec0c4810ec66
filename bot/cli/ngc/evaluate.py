"""`frontdesk ngc eval`: train, measure on texts that were not learnt, and tell the figures."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from bot.cli.ngc.data import Source, gather, training_part
from bot.cli.ngc.learning import learn
from bot.cli.ngc.options import (
    HoldoutOption,
    PrecisionOption,
    Preset,
    PresetOption,
    SeedOption,
    TaskOption,
    TestOption,
    TestSplitOption,
    ThreadsOption,
    TrainSplitOption,
    ValidOption,
    progress_bar,
)
from bot.errors import BotError
from bot.ngc.tasks import folder
from bot.ngc.tasks.card import is_shown, shown
from bot.ngc.tasks.choice import cross_validated
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.latency import latency, peak_memory_bytes
from bot.ngc.tasks.model import Lesson, Progress
from bot.ngc.tasks.model import Preset as PresetName
from bot.ngc.tasks.reader import read_samples
from bot.ngc.tasks.report import Report, report
from bot.ngc.tasks.sample import Prediction, Sample
from bot.ngc.tasks.splits import TEST, VALID, part


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came out: the texts, what was said about them, and all figures."""

    samples: Sequence[Sample]
    predictions: Sequence[Prediction]
    figures: Report


def evaluate(
    task: TaskOption,
    train: Annotated[
        Path | None, typer.Option("--train", help="CSV, JSON lines, nlu.yml or a project's folder.")
    ] = None,
    test: TestOption = None,
    valid: ValidOption = None,
    preset: PresetOption = Preset.light,
    folds: Annotated[
        int, typer.Option("--folds", min=0, help="Cross-validate instead of testing once.")
    ] = 0,
    seed: SeedOption = 0,
    train_split: TrainSplitOption = "train",
    test_split: TestSplitOption = None,
    holdout: HoldoutOption = 0.2,
    target_precision: PrecisionOption = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="Measure this saved model; nothing is trained.")
    ] = None,
    plots: Annotated[
        Path | None, typer.Option("--plots", help="Folder for pictures of confusions, confidences.")
    ] = None,
    threads: ThreadsOption = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Train on labelled texts, and measure on others."""
    place = train or test
    if place is None or (train is None and model is None):
        raise BotError("nothing to learn from; name a file with --train, or a model with --model")
    source = Source(
        task=task.value, train=place, test=test, valid=valid, train_split=train_split,
        test_split=test_split, holdout=holdout, seed=seed,
    )  # fmt: skip
    with progress_bar(threads, is_quiet=as_json) as progress:
        if model is not None:
            measured = _measure_saved(model, source)
        elif folds:
            measured = _cross_validate(source, preset.value, folds, threads, progress)
        else:
            measured = _train_and_test(source, preset.value, target_precision, threads, progress)
    if plots is not None:
        draw(measured, plots)
    _tell(measured.figures, as_json=as_json)


def _train_and_test(
    source: Source, preset: PresetName, target: float | None, threads: int, progress: Progress
) -> Measured:
    data = gather(source)
    lesson = Lesson(
        task=source.task, train=data.train, valid=data.valid, seed=source.seed, threads=threads
    )
    learnt, told = learn(lesson, preset, target, progress)
    told |= {"preset": preset, "train_texts": len(data.train), "valid_texts": len(data.valid)}
    with tempfile.TemporaryDirectory() as place:
        scratch = Path(place)
        learnt.model.save(scratch)
        told["model_bytes"] = folder.size_bytes(scratch)
    return _measure(learnt, data.test, data.measured_on, told)


def _measure_saved(place: Path, source: Source) -> Measured:
    learnt = folder.load(place)
    if learnt.task != source.task:
        raise BotError(f"{place} was trained for `{learnt.task}`, not for `{source.task}`")
    file = source.test or source.train
    samples = part(read_samples(file, source.task), source.test_split or TEST, VALID)
    told = {"model_bytes": folder.size_bytes(place), "preset": learnt.facts.get("preset")}
    return _measure(learnt, samples, file.name, told)


def _measure(learnt: Trained, samples: Sequence[Sample], on: str, told: Report) -> Measured:
    """Return the figures of `learnt` on `samples`; answers and their times on one thread."""
    with threadpool_limits(limits=1):
        predictions = learnt.predict(samples)
        times = latency(learnt.model, samples)
    figures = report(learnt.task, samples, predictions)
    figures |= {"measured_on": on, "model": learnt.model.kind} | told
    figures |= {"p50_ms": times.p50_ms, "p99_ms": times.p99_ms}
    figures["peak_memory_bytes"] = peak_memory_bytes()
    return Measured(samples=samples, predictions=predictions, figures=figures)


def _cross_validate(
    source: Source, preset: PresetName, count: int, threads: int, progress: Progress
) -> Measured:
    samples, _ = training_part(source)
    lesson = Lesson(task=source.task, train=samples, seed=source.seed, threads=threads)
    began = time.perf_counter()
    predictions = cross_validated(lesson, preset, count, progress)
    figures = report(source.task, samples, predictions)
    figures |= {
        "measured_on": f"{count} folds of {source.train.name}",
        "preset": preset,
        "folds": count,
        "train_seconds": (time.perf_counter() - began) / count,
        "peak_memory_bytes": peak_memory_bytes(),
    }
    return Measured(samples=samples, predictions=predictions, figures=figures)


def draw(measured: Measured, place: Path) -> None:
    """Write `confusions.png` and `confidences.png` to `place`."""
    from bot.evaluation import plots

    place.mkdir(parents=True, exist_ok=True)
    pairs = [
        (sample.label, one)
        for sample, one in zip(measured.samples, measured.predictions, strict=True)
        if sample.label and one.ranking
    ]
    if not pairs:
        pairs = _names(measured)
    expected, found = [label for label, _ in pairs], [one.label for _, one in pairs]
    plots.confusion_matrix(expected, found, place / "confusions.png", title="Confusions")
    sure = [(label == one.label, one.confidence) for label, one in pairs]
    plots.confidence_histogram(
        [share for is_right, share in sure if is_right],
        [share for is_right, share in sure if not is_right],
        place / "confidences.png",
        title="How sure",
    )


def _names(measured: Measured) -> list[tuple[str, Prediction]]:
    """Return what each entity was taken for where exactly its bounds were found."""
    pairs: list[tuple[str, Prediction]] = []
    for sample, one in zip(measured.samples, measured.predictions, strict=True):
        found = {(span.start, span.end): span.name for span in one.spans}
        wanted = {(span.start, span.end): span.name for span in sample.spans}
        pairs += [
            (wanted.get(place, ""), Prediction(label=found.get(place, "")))
            for place in sorted({*wanted, *found})
        ]
    return pairs


def _tell(figures: Report, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    table = Table("measure", "value", title=f"{figures['task']} on {figures['measured_on']}")
    for name, value in figures.items():
        if isinstance(value, dict):
            for key, one in value.items():
                table.add_row(f"{name} · {key}", shown(one))
        elif is_shown(value):
            table.add_row(name, shown(value))
    Console().print(table, markup=False)
