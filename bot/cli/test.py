"""`frontdesk test`, `test core` and `test nlu`, with Rasa's options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot.cli.places import is_rasa_layout
from bot.errors import BotError

if TYPE_CHECKING:
    from bot.cli.testing.nlu_files import NluOptions
    from bot.project import Project, Story
    from bot.training.package import Scope
    from bot.training.train import TrainedBot

console = Console()
FOLDS, RUNS = 5, 3
PERCENTAGES = (0, 25, 50, 75)

Paths = list[Path] | None
FolderArgument = Annotated[Path, typer.Argument(help="The project's folder.")]
ModelOption = Annotated[
    Path | None, typer.Option("--model", "-m", help="A package, or a folder with packages.")
]
StoriesOption = Annotated[
    Paths, typer.Option("--stories", "-s", help="Files or folders with test stories.")
]
NluOption = Annotated[Paths, typer.Option("--nlu", "-u", help="Files or folders with examples.")]
ConfigOption = Annotated[
    Paths, typer.Option("--config", "-c", help="A configuration; several are compared.")
]
DomainOption = Annotated[Path | None, typer.Option("--domain", "-d", help="A file or folder.")]
OutOption = Annotated[Path, typer.Option("--out", help="Where the reports go.")]
MaxOption = Annotated[int | None, typer.Option("--max-stories", min=1, help="Not more than these.")]
EndToEndOption = Annotated[
    bool,
    typer.Option(
        "--e2e", "--end-to-end", help="Also compare what is understood of the stories' texts."
    ),
]
FailOption = Annotated[
    bool,
    typer.Option("--fail-on-prediction-errors", help="Stop with exit code 1 at a difference."),
]
SuccessesOption = Annotated[bool, typer.Option("--successes", help="Also write what went well.")]
NoErrorsOption = Annotated[bool, typer.Option("--no-errors", help="Do not write what failed.")]
NoWarningsOption = Annotated[bool, typer.Option("--no-warnings", help="Do not write warnings.")]
NoPlotOption = Annotated[bool, typer.Option("--no-plot", help="Draw no pictures.")]
FoldsModeOption = Annotated[
    bool, typer.Option("--cross-validation", help="Train on parts, test the rest, in turn.")
]
FoldsOption = Annotated[int, typer.Option("--folds", "-f", min=2, help="Parts.")]
RunsOption = Annotated[int, typer.Option("--runs", "-r", min=1, help="Runs of a comparison.")]
PercentagesOption = Annotated[
    list[int] | None,
    typer.Option("--percentages", "-p", min=0, max=99, help="Shares of the examples left out."),
]
SkipNluOption = Annotated[bool, typer.Option("--skip-nlu", help="Only the stories.")]
EndpointsOption = Annotated[Path | None, typer.Option("--endpoints", hidden=True)]


def test(
    folder: FolderArgument = Path(),
    model: ModelOption = None,
    stories: StoriesOption = None,
    nlu: NluOption = None,
    config: ConfigOption = None,
    domain: DomainOption = None,
    out: OutOption = Path("results"),
    max_stories: MaxOption = None,
    fail_on_prediction_errors: FailOption = False,
    cross_validation: FoldsModeOption = False,
    folds: FoldsOption = FOLDS,
    runs: RunsOption = RUNS,
    percentages: PercentagesOption = None,
    successes: SuccessesOption = False,
    no_errors: NoErrorsOption = False,
    no_warnings: NoWarningsOption = False,
    no_plot: NoPlotOption = False,
    skip_nlu: SkipNluOption = False,
    endpoints: EndpointsOption = None,
) -> None:
    """Test the stories with their texts, then understanding."""
    test_core(
        folder, model, stories, domain, out, max_stories, True, fail_on_prediction_errors,
        successes, no_errors, no_warnings, no_plot, endpoints,
    )  # fmt: skip
    if skip_nlu:
        return
    if is_rasa_layout(folder) or nlu or config or cross_validation:
        test_nlu(
            folder, model, nlu, config, domain, out, cross_validation, folds, runs, percentages,
            successes, no_errors, no_warnings, no_plot,
        )  # fmt: skip
    else:
        from bot.cli.testing.nlu import check_held_back
        from bot.formats.project import load_project

        options = _nlu_options(out, successes, no_errors, no_plot)
        check_held_back(load_project(folder, is_training=True), options, console)


def test_core(
    folder: FolderArgument = Path(),
    model: ModelOption = None,
    stories: StoriesOption = None,
    domain: DomainOption = None,
    out: OutOption = Path("results"),
    max_stories: MaxOption = None,
    e2e: EndToEndOption = False,
    fail_on_prediction_errors: FailOption = False,
    successes: SuccessesOption = False,
    no_errors: NoErrorsOption = False,
    no_warnings: NoWarningsOption = False,
    no_plot: NoPlotOption = False,
    endpoints: EndpointsOption = None,
) -> None:
    """Play the test stories; custom actions are not run."""
    from bot.cli.testing.core import CoreOptions, check_stories
    from bot.evaluation.replay import Tester

    found = _stories(folder, stories)
    if not found:
        told = "No test stories were found; write some into tests/test_stories.yml"
        console.print(told, style="yellow")
    trained = _trained(folder, model, lacks="nlu")
    tester = Tester(
        domain=trained.domain,
        dialogue=trained.dialogue,
        understand=trained.understanding.understand if e2e else None,
        stops_at_mismatch=fail_on_prediction_errors,
    )
    options = CoreOptions(
        out=out, max_stories=max_stories, successes=successes, errors=not no_errors,
        warnings=not no_warnings, plots=not no_plot,
    )  # fmt: skip
    check_stories(found, tester, options, console)


def test_nlu(
    folder: FolderArgument = Path(),
    model: ModelOption = None,
    nlu: NluOption = None,
    config: ConfigOption = None,
    domain: DomainOption = None,
    out: OutOption = Path("results"),
    cross_validation: FoldsModeOption = False,
    folds: FoldsOption = FOLDS,
    runs: RunsOption = RUNS,
    percentages: PercentagesOption = None,
    successes: SuccessesOption = False,
    no_errors: NoErrorsOption = False,
    no_warnings: NoWarningsOption = False,
    no_plot: NoPlotOption = False,
) -> None:
    """Read the examples, cross-validate, or compare configurations."""
    from bot.cli.testing import nlu as checks

    options = _nlu_options(out, successes, no_errors, no_plot)
    configs = _configs(folder, config)
    if len(configs) > 1:
        projects = {path.stem: _project(folder, nlu, path, domain) for path in configs}
        checks.compare_configs(projects, percentages or PERCENTAGES, runs, options, console)
        return
    project = _project(folder, nlu, next(iter(configs), None), domain)
    if cross_validation:
        checks.check_folds(project, folds, options, console)
        return
    pipeline = _trained(folder, model, lacks="core").understanding
    checks.check_readings(project, pipeline, options, console)


def _nlu_options(out: Path, successes: bool, no_errors: bool, no_plot: bool) -> NluOptions:
    from bot.cli.testing.nlu_files import NluOptions

    return NluOptions(out=out, successes=successes, errors=not no_errors, plots=not no_plot)


def _trained(folder: Path, model: Path | None, *, lacks: Scope) -> TrainedBot:
    """Return the bot to test.

    Raises:
        BotError: its package is one of those that `lacks` what is tested.
    """
    from bot.cli.train import package_to_serve
    from bot.training.train import load_trained

    package = package_to_serve(folder, model)
    trained = load_trained(package, warms_up=False)
    if trained.manifest.scope == lacks:
        part = "dialogue" if lacks == "nlu" else "understanding"
        raise BotError(f"{package} has no {part}; name another package with -m")
    return trained


def _stories(folder: Path, places: Sequence[Path] | None) -> tuple[Story, ...]:
    """Return the stories at `places`, or those of the project."""
    from bot.formats.project import load_project
    from bot.formats.test_files import read_test_stories

    if found := _existing(folder, places):
        return read_test_stories(folder, found)
    return load_project(folder, is_training=True).test_stories


def _configs(folder: Path, places: Sequence[Path] | None) -> list[Path]:
    """Return the configurations at `places`, which may be folders."""
    found: list[Path] = []
    for place in _existing(folder, places):
        path = (folder / place).absolute()
        found += sorted(path.glob("*.y*ml")) if path.is_dir() else [path]
    return found


def _project(
    folder: Path, nlu: Sequence[Path] | None, config: Path | None, domain: Path | None
) -> Project:
    from bot.formats.project import load_project

    return load_project(
        folder, config=config, domain=domain, data=_existing(folder, nlu) or None, is_training=True
    )


def _existing(folder: Path, places: Sequence[Path] | None) -> list[Path]:
    """Return those of `places` that exist; as in Rasa, the others only warn."""
    found = [place for place in places or () if (folder / place).exists()]
    for place in places or ():
        if place not in found:
            told = f"{place} does not exist; the usual places are searched instead"
            console.print(told, style="yellow", markup=False)
    return found
