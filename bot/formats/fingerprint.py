"""The fingerprint of a project's files, without reading YAML: decides whether to train again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

_PLACES = (
    "config.yml",
    "config.yaml",
    "domain.yml",
    "domain.yaml",
    "domain",
    "data",
    "training_data",
)
_READ_BY_TRAINING = (".yml", ".yaml", ".json", ".txt", ".csv", ".md")
_NOT_TRAINED_ON = ("actions", "tests", "__pycache__")


def fingerprint(folder: Path) -> str:
    """Return the sha256 over names and contents of all files that training may read in `folder`."""
    digest = hashlib.sha256()
    for path in sorted(_files(folder)):
        name, content = path.relative_to(folder).as_posix().encode(), path.read_bytes()
        digest.update(b"%d %s %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for place in _PLACES:
        path = folder / place
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from (item for item in path.rglob("*") if _is_read(item, folder))


def _is_read(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return (
        path.suffix in _READ_BY_TRAINING
        and not any(part in _NOT_TRAINED_ON or part.startswith(".") for part in parts)
        and path.is_file()
    )
