"""Only the training data of understanding, of a folder that need not be a whole project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.errors import BotError, ConfigErrors
from bot.formats.nlu import read_nlu
from bot.formats.project import yaml_files
from bot.project import Understanding
from bot.yamlsource import Report, Source, read_file

_USUAL = ("data", "training_data")


def read_examples(folder: Path, places: Sequence[Path] | None) -> Understanding:
    """Return the examples of all files at `places`, or of the usual folder.

    Args:
        folder: The project; every other path is relative to it.
        places: Files or folders.

    Raises:
        ConfigErrors: all mistakes of these files at once.
        BotError: a place does not exist, or there are no examples.
    """
    tops = [folder / place for place in places or _USUAL if places or (folder / place).exists()]
    if missing := next((top for top in tops if not top.exists()), None):
        raise BotError(f"{missing} does not exist; check the path after --nlu")
    report = Report()
    found = read_nlu(list(_sources(folder, tops, report))).understanding
    if report.errors:
        raise ConfigErrors(report.errors)
    if not found.examples:
        told = ", ".join(map(str, tops)) or folder / _USUAL[0]
        raise BotError(f"no examples in {told}; name their place with --nlu")
    return found


def _sources(folder: Path, tops: Sequence[Path], report: Report) -> Iterator[tuple[Source, Path]]:
    for path in dict.fromkeys(path for top in tops for path in yaml_files(top)):
        is_inside = path.is_relative_to(folder)
        name = path.relative_to(folder).as_posix() if is_inside else str(path)
        source = read_file(path, name, report)
        if source is not None and source.root.get("nlu") is not None:
            yield source, path.parent
