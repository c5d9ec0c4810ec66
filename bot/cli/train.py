"""`frontdesk train`: train what changed of the bot in a folder, and pack it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from bot.cli.places import given_package, is_rasa_layout, models_folder, part_cache
from bot.cli.train_options import (
    AUGMENTATION,
    AugmentationOption,
    ConfigOption,
    DataOption,
    DomainOption,
    DryRunOption,
    EndpointsOption,
    FailOption,
    Folder,
    ForceOption,
    HistoryOption,
    NameOption,
    OutOption,
    Paths,
    PersistOption,
    SkipOption,
    ThreadsOption,
)
from bot.errors import BotError
from bot.formats.fingerprint import fingerprint
from bot.formats.service import settings_of
from bot.training.package import SUFFIX, Scope, packages, peek

if TYPE_CHECKING:
    from bot.project import Project
    from bot.training.train import Progress as Report
    from bot.training.train import Training

NEEDS_TRAINING, IS_FORCED = 1, 8
"""The exit codes of `--dry-run`, as scripts written for Rasa read them."""
SHOWN_WARNINGS = 20
console = Console(stderr=True, emoji=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be trained, from which files, and how."""

    folder: Path
    scope: Scope = "all"
    data: Sequence[Path] = ()
    config: Path | None = None
    domain: Path | None = None
    out: Path | None = None
    name: str | None = None
    force: bool = False
    threads: int | None = None
    keeps_examples: bool = False
    shows_warnings: bool = True
    fails_on_warnings: bool = False
    max_history: int | None = None
    augmentation: int = AUGMENTATION

    @property
    def models(self) -> Path:
        """Return the folder of the package."""
        return self.folder / self.out if self.out else models_folder(self.folder)

    @property
    def is_plain(self) -> bool:
        """Return whether all files are in their usual places, so that none has to be read."""
        is_usual = self.scope == "all" and self.augmentation == AUGMENTATION
        return is_usual and not (self.data or self.config or self.domain)


def train(
    folder: Folder = Path(),
    data: DataOption = None,
    config: ConfigOption = None,
    domain: DomainOption = None,
    out: OutOption = None,
    name: NameOption = None,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    threads: ThreadsOption = None,
    keeps_examples: PersistOption = False,
    skip_validation: SkipOption = False,
    fails_on_warnings: FailOption = False,
    max_history: HistoryOption = None,
    augmentation: AugmentationOption = AUGMENTATION,
    endpoints: EndpointsOption = None,
) -> None:
    """Train the bot of a project."""
    wish = Wish(
        folder=folder, data=data or (), config=one_config(config), domain=domain, out=out,
        name=name, force=force, threads=threads, keeps_examples=keeps_examples,
        shows_warnings=not skip_validation, fails_on_warnings=fails_on_warnings,
        max_history=max_history, augmentation=augmentation,
    )  # fmt: skip
    _run(wish, dry_run=dry_run)


def train_nlu(
    folder: Folder = Path(),
    nlu: Annotated[Paths, typer.Option("--nlu", "-u", help="Files or folders of examples.")] = None,
    config: ConfigOption = None,
    domain: DomainOption = None,
    out: OutOption = None,
    name: NameOption = None,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    threads: ThreadsOption = None,
    keeps_examples: PersistOption = False,
) -> None:
    """Train understanding only; the package's name begins with `nlu-`."""
    wish = Wish(
        folder=folder, scope="nlu", data=nlu or (), config=one_config(config), domain=domain,
        out=out, name=name, force=force, threads=threads, keeps_examples=keeps_examples,
    )  # fmt: skip
    _run(wish, dry_run=dry_run)


def train_core(
    folder: Folder = Path(),
    stories: Annotated[Paths, typer.Option("--stories", "-s", help="Stories and rules.")] = None,
    config: ConfigOption = None,
    domain: DomainOption = None,
    out: OutOption = None,
    name: NameOption = None,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    threads: ThreadsOption = None,
    augmentation: AugmentationOption = AUGMENTATION,
) -> None:
    """Train dialogue only; the package's name begins with `core-`."""
    wish = Wish(
        folder=folder, scope="core", data=stories or (), config=one_config(config), domain=domain,
        out=out, name=name, force=force, threads=threads, augmentation=augmentation,
    )  # fmt: skip
    _run(wish, dry_run=dry_run)


def ensure_trained(folder: Path, *, force: bool = False) -> Path:
    """Return the package of the project as its files are now, trained if there is none.

    Raises:
        ConfigErrors: the project has mistakes, told all at once; nothing was written.
    """
    return make_package(Wish(folder=folder, force=force))


def package_to_serve(folder: Path, model: Path | None = None) -> Path:
    """Return the package that a server of the project in `folder` uses.

    Args:
        folder: The project. In Rasa's layout the newest package in `models/` is used as it is;
            in ours, and where there is none, the bot is trained when its files changed.
        model: A package, or a folder with packages, that the user named.

    Raises:
        ConfigErrors: the bot has to be trained, and the project has mistakes.
        ModelError: there is no package where the user said.
    """
    if model is not None:
        return given_package(model)
    newest = next(packages(models_folder(folder)), None) if is_rasa_layout(folder) else None
    if newest is None:
        return ensure_trained(folder)
    if peek(newest).fingerprint != fingerprint(folder):
        told = f"The project changed since {newest} was made; `frontdesk train` makes a new one."
        console.print(told, style="yellow", markup=False)
    return newest


def make_package(wish: Wish) -> Path:
    """Return the package that `wish` asks for, trained where needed, its knowledge up to date.

    Raises:
        ConfigErrors: the project has mistakes, told all at once; nothing was written.
    """
    files = fingerprint(wish.folder) if wish.is_plain else ""
    known = _known(wish, files) if files and not wish.force else None
    package = known or _train(wish)
    if wish.scope == "all":
        _sync_knowledge(wish)
    return package


def _train(wish: Wish) -> Path:
    """Return the new package."""
    started = time.perf_counter()
    _write_defaults(wish)
    # Training imports scikit-learn; a server that starts with a trained bot must not wait for it.
    from bot.training.train import train_parts

    project = _checked(wish)
    if wish.is_plain:
        # The defaults may have been written into `config.yml` meanwhile.
        project = dataclasses.replace(project, fingerprint=fingerprint(wish.folder))
    with _progress(wish.threads) as progress:
        training = train_parts(
            project,
            wish.models,
            progress,
            scope=wish.scope,
            cache=part_cache(wish.folder),
            force=wish.force,
            name=wish.name,
            keeps_examples=wish.keeps_examples,
            augmentation=wish.augmentation,
        )
    _tell(training, time.perf_counter() - started)
    return training.package


def _sync_knowledge(wish: Wish) -> None:
    """Bring the knowledge base up to date with the files of the project."""
    from bot.cli.knowledge.syncing import sync_files

    sync_files(wish.folder, settings_of(wish.folder, wish.config))


def _known(wish: Wish, files: str) -> Path | None:
    """Return the package made of the same files, if it is the latest."""
    if wish.keeps_examples or wish.fails_on_warnings:
        return None
    found = (path for path in packages(wish.models) if peek(path).scope == "all")
    newest = next(found, None)
    if newest is None or peek(newest).fingerprint != files:
        return None
    is_named = wish.name is None or newest.name == wish.name.removesuffix(SUFFIX) + SUFFIX
    return newest if is_named else None


def _run(wish: Wish, *, dry_run: bool) -> None:
    """Train, or tell by the exit code whether training is needed.

    Raises:
        BadParameter: the package's name is a path.
    """
    if wish.name is not None and Path(wish.name).name != wish.name:
        told = f"`{wish.name}` is no file name; --out names the folder"
        raise typer.BadParameter(told, param_hint="--fixed-model-name")
    if dry_run:
        raise typer.Exit(_dry_run(wish))
    print(make_package(wish))  # noqa: T201 - the command's result


def _dry_run(wish: Wish) -> int:
    from bot.training.train import stale_parts

    if wish.force:
        console.print("Everything would be trained, because of --force.")
        return IS_FORCED
    from bot.training.knowledge import local_plan, open_base

    project, cache = _checked(wish), part_cache(wish.folder)
    stale = stale_parts(project, cache, scope=wish.scope, augmentation=wish.augmentation)
    if wish.scope == "all":
        base = open_base(wish.folder, project.settings, read_only=True)
        is_synced = local_plan(base, wish.folder, project.settings).is_empty
        stale = stale if is_synced else (*stale, "knowledge")
    if stale:
        console.print(f"Would be trained: {', '.join(stale)}.")
        return NEEDS_TRAINING
    console.print("Nothing would be trained; wordings of responses are only packed anew.")
    return 0


def _checked(wish: Wish) -> Project:
    """Return the project after telling its warnings.

    Raises:
        Exit: there are warnings, which the user calls mistakes.
        BotError: there is nothing to train.
    """
    from bot.training.checked import checked_project

    project = checked_project(
        wish.folder,
        config=wish.config,
        domain=wish.domain,
        data=wish.data or None,
        needs_domain=wish.scope != "nlu",
        max_history=wish.max_history,
        finds_conflicts=wish.shows_warnings or wish.fails_on_warnings,
    )
    _check_scope(wish.scope, project)
    if project.warnings and wish.fails_on_warnings:
        show_warnings(project.warnings)
        raise typer.Exit(1)
    if wish.shows_warnings:
        show_warnings(project.warnings[:SHOWN_WARNINGS])
        if (more := len(project.warnings) - SHOWN_WARNINGS) > 0:
            show_warnings([f"{more} more; `frontdesk data validate` shows all"])
    return project


def _check_scope(scope: Scope, project: Project) -> None:
    """Refuse to train a part that has no data, or a whole bot that has none at all.

    Raises:
        BotError: there is nothing to train.
    """
    examples, stories = project.understanding.examples, project.stories
    if scope == "nlu" and not examples:
        raise BotError("there are no examples to train on; name their place with --nlu")
    if scope == "core" and not stories:
        raise BotError("there are no stories to train on; name their place with --stories")
    if not (examples or stories or project.settings.knowledge_sources):
        raise BotError("there is no training data; name its place with --data")


def show_warnings(warnings: Sequence[str]) -> None:
    """Print one line each."""
    for warning in warnings:
        console.print(warning, style="yellow", markup=False, soft_wrap=True)


def _write_defaults(wish: Wish) -> None:
    """Write the defaults of missing keys into `config.yml`, as comments."""
    from bot.formats.autoconfig import write_defaults

    path = wish.folder / (wish.config or "config.yml")
    for key in write_defaults(path):
        told = f"{path} names no {key}: the default is used, and written there as a comment."
        console.print(told, markup=False)


@contextmanager
def _progress(threads: int | None) -> Iterator[Report]:
    """Show what is being trained."""
    from threadpoolctl import threadpool_limits

    columns = (TextColumn("{task.description:<44}"), BarColumn(), TaskProgressColumn())
    with (
        Progress(*columns, TimeElapsedColumn(), console=console) as bars,
        threadpool_limits(limits=threads),
    ):
        task = bars.add_task("training", total=1.0)
        yield lambda what, share: bars.update(task, description=what, completed=share)


def _tell(training: Training, took_s: float) -> None:
    """Tell what was trained and what came from the cache."""
    for part, made in training.parts.items():
        told = "trained" if made == "trained" else "unchanged, from the cache"
        console.print(f"  {part:<14}{told}", highlight=False)
    done = "Trained" if "trained" in training.parts.values() else "Packed"
    console.print(f"{done} in {took_s:.1f} s: {training.package}", highlight=False, soft_wrap=True)


def one_config(configs: Paths) -> Path | None:
    """Return the one configuration.

    Raises:
        BadParameter: several were named.
    """
    if configs and len(configs) > 1:
        hint = "train with one; `frontdesk test nlu -c a.yml b.yml` compares several"
        raise typer.BadParameter(hint, param_hint="--config")
    return configs[0] if configs else None
