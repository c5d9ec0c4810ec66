"""A project and the passages of its knowledge sources, checked together."""

from __future__ import annotations

from pathlib import Path

from bot.errors import ConfigError, ConfigErrors
from bot.formats.project import read_project
from bot.project import Project
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


def checked_project(folder: Path) -> Project:
    """Return the project in `folder`.

    Raises:
        ConfigErrors: every mistake of the project and of its knowledge sources at once.
    """
    project, report = read_project(folder, is_training=True)
    mistakes = list(report.errors)
    try:
        passages_of(project)
    except ConfigErrors as errors:
        mistakes += [item for item in errors.exceptions if isinstance(item, ConfigError)]
    if mistakes:
        raise ConfigErrors(sorted(mistakes, key=lambda item: (item.path, item.line, item.column)))
    return project
