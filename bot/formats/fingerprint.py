"""The fingerprint of a project's files, hardly reading YAML: decides whether to train again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from bot.formats.importers import imported_projects, imports_of
from bot.yamlsource import Report, read_file

_PLACES = (
    "config.yml",
    "config.yaml",
    "domain.yml",
    "domain.yaml",
    "domain",
    "data",
    "training_data",
)
_READ_BY_TRAINING = (".yml", ".yaml", ".json", ".txt", ".csv", ".md", ".jsonl")
_NOT_TRAINED_ON = ("actions", "tests", "__pycache__")


def fingerprint(folder: Path) -> str:
    """Return the sha256 over names and contents of all files that training may read in `folder`."""
    digest = hashlib.sha256()
    for path in sorted(set(_files(folder))):
        name, content = os.path.relpath(path, folder).encode(), path.read_bytes()
        digest.update(b"%d %s %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in _places(folder):
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from (item for item in path.rglob("*") if _is_read(item, path))


def _places(folder: Path) -> Iterator[Path]:
    """Iterate over the files and folders that training reads, imported projects among them."""
    yield from (folder / place for place in _PLACES)
    config = folder / "config.yml"
    if config.is_file() and b"imports:" in config.read_bytes():
        source = read_file(config, config.name, Report())
        yield from imported_projects(folder, imports_of(source) if source else ())


def _is_read(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return (
        path.suffix in _READ_BY_TRAINING
        and not any(part in _NOT_TRAINED_ON or part.startswith(".") for part in parts)
        and path.is_file()
    )
