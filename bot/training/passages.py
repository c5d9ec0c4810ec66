"""A project and the passages of its knowledge sources, checked together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from bot.errors import ConfigError, ConfigErrors
from bot.formats.project import read_project
from bot.project import Project
from bot.training.conflicts import conflicts
from knowledge.errors import SourceError, SourceErrors
from knowledge.sources.faq_yaml import read_faq
from knowledge.types import Passage

SOURCES = {"faq_yaml": read_faq}
"""Source type in config.yml → its reader."""


def passages_of(project: Project) -> tuple[Passage, ...]:
    """Return the passages of all sources, in the order of config.yml.

    Raises:
        ConfigErrors: every mistake of every source, with its place.
    """
    passages: list[Passage] = []
    mistakes: list[ConfigError] = []
    for source in project.settings.knowledge_sources:
        read = SOURCES.get(str(source.get("type")))
        source_path = str(source.get("path", ""))
        if read is None:
            known = ", ".join(SOURCES)
            problem = f"unknown knowledge source {source.get('type')!r}"
            mistakes.append(ConfigError("config.yml", 1, 1, problem, hint=f"known: {known}"))
            continue
        try:
            passages.extend(read(project.folder / source_path))
        except SourceErrors as errors:
            mistakes.extend(
                ConfigError(source_path, item.line, item.column, item.problem, hint=item.hint)
                for item in errors.exceptions
                if isinstance(item, SourceError)  # it holds no groups
            )
    if mistakes:
        raise ConfigErrors(mistakes)
    return tuple(passages)


def checked_project(
    folder: Path,
    *,
    config: Path | None = None,
    domain: Path | None = None,
    data: Sequence[Path] | None = None,
    needs_domain: bool = True,
    finds_conflicts: bool = False,
    max_history: int | None = None,
) -> Project:
    """Return the project in `folder`.

    Args:
        folder: The project.
        config: Another configuration than `config.yml`.
        domain: Another file or folder of the domain.
        data: Other files or folders of training data.
        needs_domain: A project without a domain is a mistake.
        finds_conflicts: Warn about stories that go on differently after the same turns.
        max_history: How many turns of these are looked at; all of them by default.

    Raises:
        ConfigErrors: every mistake of the project and of its knowledge sources at once.
    """
    project, report = read_project(
        folder,
        config=config,
        domain=domain,
        data=data,
        is_training=True,
        needs_domain=needs_domain,
    )
    mistakes = list(report.errors)
    try:
        passages_of(project)
    except ConfigErrors as errors:
        mistakes += [item for item in errors.exceptions if isinstance(item, ConfigError)]
    if mistakes:
        raise ConfigErrors(sorted(mistakes, key=lambda item: (item.path, item.line, item.column)))
    if not finds_conflicts:
        return project
    found = conflicts(project, max_history)
    return dataclasses.replace(project, warnings=(*project.warnings, *found))
