"""Files on this machine: what a folder holds, without leaving it, and their contents up to a size.

Links are followed as long as they stay in the folder; folders that are reached by links are not
entered a second time, so that no loop of links is endless.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from knowledge.errors import Unreadable
from knowledge.sources.source import SourceProblem

MEGABYTE: Final = 1_000_000
MAX_BYTES: Final = 50 * MEGABYTE
"""Of a file, where config.yml says nothing else."""


def document_id(path: Path, project: Path) -> str:
    """Return the id of the file at `path`: its path from the project's folder, with slashes."""
    return Path(os.path.relpath(os.path.abspath(path), os.path.abspath(project))).as_posix()


def read_file(path: Path, max_bytes: int) -> bytes:
    """Return the content of a file.

    Raises:
        Unreadable: it is missing, no regular file, or larger than `max_bytes`.
    """
    try:
        # A pipe or a device would be waited for: it is opened without, and looked at first.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("is no regular file", hint="copy what it holds into one")
            _check_size(status.st_size, max_bytes)
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error
    _check_size(len(data), max_bytes)
    return data


def files_below(
    root: Path, project: Path, patterns: tuple[str, ...], suffixes: frozenset[str]
) -> Iterator[tuple[str, Path] | SourceProblem]:
    """Iterate over ids and paths of the files below `root`, in the order of their paths.

    Args:
        root: A folder.
        project: What documents are named from.
        patterns: As `**/*.md`; a file must fit one of them. Empty: all files.
        suffixes: In lower case, with the dot; others are passed over.
    """
    real_root = root.resolve()
    refused: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=refused.append):
        here, place = Path(folder), document_id(Path(folder), project)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in [name for name in folders if os.path.islink(f"{folder}/{name}")]:
            folders.remove(name)
            if not (here / name).resolve().is_relative_to(real_root):
                yield _outside(f"{place}/{name}")
        for name in sorted(names):
            is_text = os.path.splitext(name)[1].lower() in suffixes
            if name.startswith(".") or not is_text or not _fits(here / name, root, patterns):
                continue
            path, document = here / name, name if place == "." else f"{place}/{name}"
            is_link = os.path.islink(path)
            if is_link and not path.resolve().is_relative_to(real_root):
                yield _outside(document)
            else:
                yield document, path
    for error in refused:
        yield _closed(document_id(Path(error.filename), project), error)


def _closed(document: str, error: OSError) -> SourceProblem:
    return SourceProblem(
        document=document,
        problem=f"cannot be listed: {error.strerror}",
        hint="check who may read it",
        hides_others=True,
    )


def _outside(document: str) -> SourceProblem:
    return SourceProblem(
        document=document,
        problem="is a link that leaves the folder",
        hint="copy what it points to, or add that place as a source",
    )


def _fits(path: Path, root: Path, patterns: tuple[str, ...]) -> bool:
    if not patterns:
        return True
    relative = path.relative_to(root)
    # `**/` stands for no folder, too, which Python 3.11's `match` does not know.
    return any(relative.match(pattern.removeprefix("**/")) for pattern in patterns)


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise Unreadable(
            f"is larger than {max_bytes / MEGABYTE:g} MB", hint="split it, or raise `max_mb`"
        )
