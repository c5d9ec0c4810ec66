"""`frontdesk ngc train`: a model of one task, from a labelled file to a folder."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from threadpoolctl import threadpool_limits

from bot.cli.ngc.data import Source, training_part
from bot.cli.ngc.learning import learn
from bot.cli.ngc.options import (
    PrecisionOption,
    Preset,
    PresetOption,
    SeedOption,
    TaskOption,
    TestOption,
    TestSplitOption,
    ThreadsOption,
    TrainOption,
    TrainSplitOption,
    ValidOption,
    console,
    progress_bar,
)
from bot.ngc.tasks import folder
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.latency import latency
from bot.ngc.tasks.model import Lesson, TaskModel
from bot.ngc.tasks.reader import read_samples
from bot.ngc.tasks.report import Report, report
from bot.ngc.tasks.splits import TEST, VALID, part
from knowledge.languages import ENGLISH, detect_language


def train(
    task: TaskOption,
    train: TrainOption,
    out: Annotated[Path, typer.Option("--out", help="Folder of the model.")],
    test: TestOption = None,
    valid: ValidOption = None,
    preset: PresetOption = Preset.light,
    seed: SeedOption = 0,
    train_split: TrainSplitOption = "train",
    test_split: TestSplitOption = None,
    target_precision: PrecisionOption = None,
    licence: Annotated[
        str, typer.Option("--licence", help="Licence of the data, for the model's card.")
    ] = "",
    threads: ThreadsOption = 0,
) -> None:
    """Train a model of one task; an interrupted training goes on where it stopped."""
    source = Source(
        task=task.value, train=train, test=test, valid=valid, train_split=train_split, seed=seed
    )
    folder.check_free(out)
    samples, kept = training_part(source)
    # Where an interrupted training goes on from, until the model is there.
    checkpoint = out.with_name(f".{out.name}.training")
    checkpoint.mkdir(parents=True, exist_ok=True)
    lesson = Lesson(
        task=source.task, train=samples, valid=kept, seed=seed, threads=threads,
        checkpoint=checkpoint,
    )  # fmt: skip
    with progress_bar(threads) as progress:
        learnt, told = learn(lesson, preset.value, target_precision, progress)
    told |= {"preset": preset.value, "data": train.name, "licence": licence, "seed": seed}
    told["scores"] = _scores(learnt, source, test_split)
    learnt = replace(learnt, facts=_facts(lesson, learnt, told))
    size = folder.save(learnt, out)
    shutil.rmtree(checkpoint, ignore_errors=True)
    console.print(f"Wrote {out} ({size / 1e6:.1f} MB)", markup=False, highlight=False)


def _scores(learnt: Trained, source: Source, test_split: str | None) -> Report:
    """Return the figures on the test file; none without one."""
    if source.test is None:
        return {}
    samples = part(read_samples(source.test, source.task), test_split or TEST, VALID)
    figures = report(source.task, samples, learnt.predict(samples))
    return {"measured_on": source.test.name, **figures}


def _facts(lesson: Lesson, learnt: Trained, told: Report) -> dict[str, Any]:
    with threadpool_limits(limits=1):
        times = latency(learnt.model, lesson.train)
    texts = [sample.text for sample in lesson.train]
    names = {sample.label for sample in lesson.train if sample.label}
    names |= {span.name for sample in lesson.train for span in sample.spans}
    return {
        **told,
        "p50_ms": times.p50_ms,
        "p99_ms": times.p99_ms,
        "task": lesson.task,
        "kind": learnt.model.kind,
        "threshold": learnt.threshold or getattr(learnt.model, "threshold", 0.0),
        "encoder": _encoder(learnt.model),
        "texts": len(texts),
        "labels": len(names),
        "languages": sorted({detect_language(text, ENGLISH) for text in texts}),
    }


def _encoder(model: TaskModel) -> str:
    """Return the encoder that a model names: itself, or in its facts."""
    named = getattr(model, "encoder", None) or getattr(getattr(model, "facts", None), "encoder", "")
    return str(named or "frozen, if any")
