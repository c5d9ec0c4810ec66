"""Project → trained package: dialogue and understanding, each only where it changed."""

from __future__ import annotations

import dataclasses
import json
import logging
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.dialogue.model import AUGMENTATION, DialogueModel, embed_with
from bot.domain import Domain
from bot.formats.domain_json import domain_from_dict, domain_to_dict, to_plain
from bot.ngc.pipeline import Pipeline, embedded_languages
from bot.project import ComponentConfig, Project
from bot.training import keys
from bot.training.cache import PartCache
from bot.training.package import Manifest, Scope, opened, write
from knowledge.languages import BilingualEmbedder

_log = logging.getLogger(__name__)
Progress = Callable[[str, float], None]
"""Told what is being done, and which share of it is done, in [0, 1]."""
EXAMPLES = "examples.json"
Made = Literal["trained", "cached"]
UNDERSTANDING, DIALOGUE = "understanding", "dialogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedBot:
    """What a package holds, loaded."""

    manifest: Manifest
    domain: Domain
    understanding: Pipeline
    dialogue: DialogueModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """The result of a training: the package, and what had to be done for it."""

    package: Path
    parts: Mapping[str, Made]
    """In the order in which they were made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of a package: the key of what it is trained from, and how it is."""

    name: str
    key: str
    train: Callable[[Path], None]


def train_project(
    project: Project, models: Path, progress: Progress, *, augmentation: int = AUGMENTATION
) -> Path:
    """Return the new package of a project, all of it trained anew; see `train_parts`.

    Raises:
        TrainingError: rules contradict each other or the stories.
    """
    return train_parts(project, models, progress, augmentation=augmentation).package


def train_parts(
    project: Project,
    models: Path,
    progress: Progress,
    *,
    scope: Scope = "all",
    cache: PartCache | None = None,
    force: bool = False,
    name: str | None = None,
    keeps_examples: bool = False,
    augmentation: int = AUGMENTATION,
) -> Training:
    """Return the new package of a project and which of its parts had to be trained.

    Args:
        project: What to train from.
        models: The folder of the package.
        progress: Told what is being done.
        scope: Train only understanding or only dialogue.
        cache: Parts trained before; without it every part is trained.
        force: Train although the cache holds a part.
        name: The name of the package; by default the time and the fingerprint.
        keeps_examples: Put the examples into the package, too.
        augmentation: Learned policies also see up to ten times as many glued stories.

    Raises:
        TrainingError: rules contradict each other or the stories.
    """
    project = _reduced(project, scope)
    parts = _parts(project, progress, augmentation)
    settings = project.settings
    manifest = Manifest(
        fingerprint=project.fingerprint,
        scope=scope,
        parts={part.name: part.key for part in parts},
        assistant_id=settings.assistant_id,
        language=settings.language,
        knowledge_threshold=settings.knowledge_threshold,
        offers_person=settings.handoff_on_anger,
        details={"examples": len(project.understanding.examples)},
    )
    with tempfile.TemporaryDirectory(prefix="frontdesk-") as scratch:
        store = cache or PartCache(Path(scratch))
        done: dict[str, Made] = {part.name: _make(part, store, force=force) for part in parts}

        def fill(folder: Path) -> None:
            domain = json.dumps(domain_to_dict(project.domain), ensure_ascii=False)
            (folder / "domain.json").write_text(domain, "utf-8")
            for part in parts:
                store.fetch(part.name, part.key, folder / part.name)
            if keeps_examples:
                examples = json.dumps(to_plain(project.understanding), ensure_ascii=False)
                (folder / EXAMPLES).write_text(examples, "utf-8")

        package = write(models, manifest, fill, name=name)
    return Training(package=package, parts=done)


def stale_parts(
    project: Project,
    cache: PartCache,
    *,
    scope: Scope = "all",
    augmentation: int = AUGMENTATION,
) -> tuple[str, ...]:
    """Return the names of the parts that `train_parts` would have to train."""
    project = _reduced(project, scope)
    parts = _parts(project, lambda _what, _share: None, augmentation)
    return tuple(part.name for part in parts if not cache.holds(part.name, part.key))


def _reduced(project: Project, scope: Scope) -> Project:
    """Return the project with only what `scope` trains.

    A model of understanding alone decides nothing; one of dialogue alone still understands
    messages such as `/greet`, which every pipeline does.
    """
    settings = project.settings
    if scope == "nlu":
        return dataclasses.replace(project, stories=())
    if scope == "core":
        only = (ComponentConfig(name="RegexMessageHandler"),)
        return dataclasses.replace(project, settings=dataclasses.replace(settings, pipeline=only))
    return project


def _parts(project: Project, progress: Progress, augmentation: int) -> tuple[_Part, ...]:
    """Return the parts of the project's package; contradictions come before the costly parts."""
    embedder = BilingualEmbedder()

    def dialogue(folder: Path) -> None:
        embed = embed_with(embedder, project.settings.language)
        model = DialogueModel.train(
            project, augmentation=augmentation, embed=embed, progress=progress
        )
        for line in model.warnings:
            _log.warning("%s", line)
        model.save(folder)
        progress("rules and stories checked", 1.0)

    def understanding(folder: Path) -> None:
        Pipeline.train(project, progress, embedder=embedder).save(folder)

    return (
        _Part(name=DIALOGUE, key=keys.dialogue_key(project, augmentation), train=dialogue),
        _Part(name=UNDERSTANDING, key=keys.understanding_key(project), train=understanding),
    )


def _make(part: _Part, cache: PartCache, *, force: bool) -> Made:
    """Make sure that `cache` holds the part; return what that took."""
    if cache.holds(part.name, part.key) and not force:
        return "cached"
    cache.make(part.name, part.key, part.train)
    return "trained"


def load_trained(
    place: Path, *, warms_up: bool = True, embedder: BilingualEmbedder | None = None
) -> TrainedBot:
    """Return the bot of a package, or of the newest package in a folder.

    Args:
        place: The package, or a folder of packages.
        warms_up: Threads load the weights at once; a short command must not end while they do.
        embedder: One that others use, too: a text is then embedded once for all of them.

    Raises:
        ModelError: the package is missing, changed or of another version.
    """
    embedder = embedder or BilingualEmbedder()
    with opened(place) as (folder, manifest):
        # Reading weights leaves the interpreter free: the server starts meanwhile. A model of a
        # language that the project does not have would only take memory.
        for language in embedded_languages(folder / UNDERSTANDING) if warms_up else ():
            threading.Thread(target=embedder.warm_up, args=(language,), daemon=True).start()
        domain = domain_from_dict(json.loads((folder / "domain.json").read_text("utf-8")))
        return TrainedBot(
            manifest=manifest,
            domain=domain,
            understanding=Pipeline.load(
                folder / UNDERSTANDING, embedder=embedder, warms_up=warms_up
            ),
            dialogue=DialogueModel.load(
                folder / DIALOGUE, domain, embed=embed_with(embedder, manifest.language)
            ),
        )
