"""Test stories from files and folders that the user names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.errors import ConfigErrors
from bot.formats.stories import read_stories
from bot.project import Story
from bot.yamlsource import Report, read_file

_SUFFIXES = (".yml", ".yaml")


def read_test_stories(folder: Path, places: Iterable[Path]) -> tuple[Story, ...]:
    """Return the stories of all files at `places`, as test stories.

    Args:
        folder: The project; names of files in reports are relative to it.
        places: Files, or folders that are searched for files with stories.

    Raises:
        ConfigErrors: all mistakes of all files at once.
    """
    report = Report()
    found: list[Story] = []
    root = folder.absolute()
    for path in dict.fromkeys(path for place in places for path in _files(root / place)):
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        source = read_file(path, name, report)
        if source is not None and source.root.get("stories") is not None:
            found += read_stories(source, is_test=True)
    if report.errors:
        raise ConfigErrors(report.errors)
    return tuple(found)


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    for path in sorted(place.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(place).parts)
        if path.suffix in _SUFFIXES and not hidden and path.is_file():
            yield path
