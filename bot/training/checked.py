"""A project that training may use: its files and its tables of knowledge checked together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from bot.errors import ConfigErrors
from bot.formats.project import read_project
from bot.project import Project
from bot.training.conflicts import conflicts
from bot.training.knowledge import mistakes_in_tables


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
        ConfigErrors: every mistake of the project and of its tables of knowledge at once.
    """
    project, report = read_project(
        folder,
        config=config,
        domain=domain,
        data=data,
        is_training=True,
        needs_domain=needs_domain,
    )
    mistakes = [
        *report.errors,
        *mistakes_in_tables(project.folder, project.settings.knowledge_sources),
    ]
    if mistakes:
        raise ConfigErrors(sorted(mistakes, key=lambda item: (item.path, item.line, item.column)))
    if not finds_conflicts:
        return project
    found = conflicts(project, max_history)
    return dataclasses.replace(project, warnings=(*project.warnings, *found))
