"""`frontdesk test nlu`: reads labelled texts and compares what was understood."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, pstdev

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.cli.testing.nlu_files import NluOptions, NluReports, write_nlu_files
from bot.cli.testing.story_files import write_json
from bot.evaluation import folds, readings
from bot.evaluation.intents import by_language, held_back
from bot.evaluation.readings import NO_ENTITY, Read
from bot.evaluation.scores import Report, report
from bot.ngc.pipeline import Pipeline
from bot.project import Project
from knowledge.languages import BilingualEmbedder

HELD_BACK = 0.2
SEED = 42
SHOWN = 10
"""Misread texts on the screen; the files hold all."""
_MEASURES = (("accuracy", None), ("F1", "f1-score"), ("precision", "precision"))


def check_readings(
    project: Project, pipeline: Pipeline, options: NluOptions, console: Console
) -> NluReports:
    """Read all examples with a trained pipeline, write the reports and show the summary."""
    # The same example twice would count twice.
    unique = {(e.text, e.intent, repr(e.entities)): e for e in project.understanding.examples}
    reads = [
        Read(example=example, reading=pipeline.understand(example.text))
        for example in track(list(unique.values()), "examples", console=console, transient=True)
    ]
    reports = write_nlu_files(reads, options)
    show_summary(reports, console, title="Understanding")
    return reports


def check_held_back(project: Project, options: NluOptions, console: Console) -> NluReports:
    """Train on 80 % of the examples, read the rest, and show the accuracy by language."""
    reads = held_back(project, fraction=HELD_BACK, seed=SEED)
    table = Table("language", "held back", "accuracy", title="Intents on held-back examples")
    for language, score in by_language(project, reads).items():
        table.add_row(language, str(score.examples), f"{score.accuracy:.1%}")
    console.print(table)
    return write_nlu_files(reads, options)


def check_folds(project: Project, count: int, options: NluOptions, console: Console) -> NluReports:
    """Cross-validate, write the reports over the tested examples, and show mean and deviation."""
    for intent, examples in folds.rare_intents(project, count).items():
        told = f"the intent `{intent}` is left out: {examples} examples are too few for {count}"
        console.print(f"{told} folds", style="yellow", markup=False)
    done = list(
        track(
            folds.cross_validation(project, count, seed=SEED),
            f"{count} folds", total=count, console=console, transient=True,
        )
    )  # fmt: skip
    table = Table("", "measure", "train", "test", title=f"Cross-validation, {count} folds")
    for name, rows in _by_fold(done).items():
        for number, (measure, key) in enumerate(_MEASURES):
            table.add_row(
                name if number == 0 else "",
                measure,
                *(_spread([_value(one, key) for one in side]) for side in rows),
                end_section=number == len(_MEASURES) - 1,
            )
    console.print(table)
    reports = write_nlu_files([read for fold in done for read in fold.test], options)
    show_misread(reports, console)
    return reports


def _by_fold(done: Sequence[folds.Fold]) -> dict[str, tuple[list[Report], list[Report]]]:
    """Return, by what is measured, the reports of all folds on known and on unknown examples."""
    tested = [read for fold in done for read in fold.test]
    found = {"intents": ([_intents(f.train) for f in done], [_intents(f.test) for f in done])}
    if readings.response_keys(tested):
        found["responses"] = (
            [_responses(f.train) for f in done],
            [_responses(f.test) for f in done],
        )
    for name in readings.extractors(tested):
        found[name] = (
            [_entities(f.train, name) for f in done],
            [_entities(f.test, name) for f in done],
        )
    return found


def _intents(reads: Sequence[Read]) -> Report:
    items = readings.intents(reads)
    return report([item.expected for item in items], [item.predicted for item in items])


def _responses(reads: Sequence[Read]) -> Report:
    items = readings.response_keys(reads)
    return report([item.expected for item in items], [item.predicted for item in items])


def _entities(reads: Sequence[Read], extractor: str) -> Report:
    items = list(readings.tagged(reads, extractor))
    return report(
        [label for item in items for label in item.expected],
        [label for item in items for label in item.predicted],
        without=NO_ENTITY,
    )


def _value(scores: Report, key: str | None) -> float:
    return scores["accuracy"] if key is None else scores["weighted avg"][key]


def _spread(values: Sequence[float]) -> str:
    return f"{mean(values):.3f} ± {pstdev(values):.3f}"


def compare_configs(
    projects: dict[str, Project],
    percentages: Sequence[int],
    runs: int,
    options: NluOptions,
    console: Console,
) -> None:
    """Train every configuration on less and less, and write which is best.

    `results.json` holds, by configuration, the F1 of intents by run and percentage left out.
    """
    embedder = BilingualEmbedder()
    results: dict[str, list[list[float]]] = {name: [] for name in projects}
    sizes: list[int] = []
    first = next(iter(projects.values()))
    examples = [example for example in first.understanding.examples if example.intent]
    for run in track(range(runs), f"{runs} runs", console=console, transient=True):
        known = folds.fewer(examples, round(HELD_BACK * 100), SEED + run)
        places = {id(example) for example in known}
        tested = [example for example in examples if id(example) not in places]
        for name, project in projects.items():
            scores: list[float] = []
            sizes = []
            for percentage in percentages:
                learnt = folds.fewer(known, percentage, SEED + run)
                sizes.append(len(learnt))
                reads = folds.read_after_training(project, learnt, tested, embedder)
                scores.append(_intents(reads)["weighted avg"]["f1-score"])
            results[name].append(scores)
    options.out.mkdir(parents=True, exist_ok=True)
    write_json(options.out / "results.json", results)
    if options.plots:
        from bot.evaluation.plots import comparison

        curves = {name: list(zip(*runs_, strict=True)) for name, runs_ in results.items()}
        comparison(
            curves, sizes, options.out / "nlu_model_comparison_graph.png",
            title="Comparison of configurations", measure="F1 of intents",
        )  # fmt: skip
    table = Table("configuration", *(f"-{p} %" for p in percentages), title="F1 of intents")
    for name, found in results.items():
        table.add_row(name, *(_spread(column) for column in zip(*found, strict=True)))
    console.print(table)


def show_summary(reports: NluReports, console: Console, *, title: str) -> None:
    """Print the averages of all reports, and what was misread."""
    table = Table("", "examples", "accuracy", "F1", title=title)
    named = {"intents": reports.intents, "responses": reports.responses, **reports.entities}
    for name, scores in named.items():
        if scores is not None:
            average = scores["weighted avg"]
            table.add_row(
                name, str(average["support"]), f"{scores['accuracy']:.1%}",
                f"{average['f1-score']:.3f}",
            )  # fmt: skip
    console.print(table)
    show_misread(reports, console)


def show_misread(reports: NluReports, console: Console) -> None:
    """Print the surest mistakes first: these are the labels to look at."""
    if not reports.wrong:
        return
    table = Table("text", "expected", "predicted", "confidence", title="Misread")
    surest = sorted(reports.wrong, key=lambda item: -item.confidence)
    for item in surest[:SHOWN]:
        row = (item.text, item.expected, item.predicted, f"{item.confidence:.2f}")
        table.add_row(*(cell.replace("[", r"\[") for cell in row))
    console.print(table)
    if (rest := len(surest) - SHOWN) > 0:
        console.print(f"… and {rest} more in intent_errors.json", style="dim")
