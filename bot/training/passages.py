"""The passages of a project's knowledge sources."""

from __future__ import annotations

from bot.errors import ConfigError, ConfigErrors
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
        path = project.folder / str(source.get("path", ""))
        if read is None:
            known = ", ".join(SOURCES)
            problem = f"unknown knowledge source {source.get('type')!r}"
            mistakes.append(ConfigError("config.yml", 1, 1, problem, hint=f"known: {known}"))
            continue
        try:
            passages.extend(read(path))
        except SourceErrors as errors:
            mistakes.extend(
                ConfigError(item.path, item.line, item.column, item.problem, hint=item.hint)
                for item in errors.exceptions
                if isinstance(item, SourceError)  # it holds no groups
            )
    if mistakes:
        raise ConfigErrors(mistakes)
    return tuple(passages)
