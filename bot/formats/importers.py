"""Further projects and files that `config.yml` names: `imports:` and importer classes.

`MultiProjectImporter` reads the folders under `imports:`, and what their own `config.yml` imports.
A dotted name is a class of the project: it is made with the project's folder and its settings as
keywords, and its method `files()` gives the paths of further YAML files.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.yamlsource import Node, Report, Source, read_file

MULTI_PROJECT = "MultiProjectImporter"
OWN_IMPORTERS = ("RasaFileImporter", MULTI_PROJECT)
CONFIGS = ("config.yml", "config.yaml")


def imports_of(source: Source) -> tuple[str, ...]:
    """Return the folders that a configuration imports; none without `MultiProjectImporter`."""
    imports, importers = source.root.get("imports"), source.root.get("importers")
    names = [item.get("name") for item in importers.list()] if importers else []
    if imports is None or imports.value is None:
        return ()
    if not any(n and str(n.value).rpartition(".")[2] == MULTI_PROJECT for n in names):
        hint = f"add `- name: {MULTI_PROJECT}` to `importers`"
        source.warn(source.root.key("imports"), "the key `imports` has no effect", hint)
        return ()
    return tuple(str(item.value) for item in imports.list())


def imported_projects(folder: Path, names: Sequence[str]) -> tuple[Path, ...]:
    """Return the folders that `names` mean, and those that their configurations import in turn."""
    found: dict[Path, Path] = {folder.resolve(): folder}
    waiting = [_joined(folder, name) for name in names]
    while waiting:
        path = waiting.pop(0)
        if path.resolve() in found:
            continue
        found[path.resolve()] = path
        for name in CONFIGS:
            # Only the imports of such a file are read: its other mistakes do not matter here.
            source = read_file(path / name, name, Report()) if (path / name).is_file() else None
            waiting += [_joined(path, item) for item in _nested(source)]
    return tuple(found.values())[1:]


def _joined(folder: Path, name: str) -> Path:
    """Return the path as other files call it: `a/../b` is `b`."""
    return Path(os.path.normpath(folder / name))


def _nested(source: Source | None) -> Iterator[str]:
    """Iterate over the imports of an imported project, which needs no importer for them."""
    block = source.root.get("imports") if source else None
    yield from (str(item.value) for item in (block.list() if block else ()))


def imported_files(source: Source, folder: Path) -> tuple[Path, ...]:
    """Return the files that the importer classes of a configuration add.

    A class that cannot be loaded, such as one made for Rasa's own interface, is a warning.
    """
    block = source.root.get("importers")
    found: list[Path] = []
    for item in block.list() if block else ():
        name = item.get("name")
        if name is not None and not _is_own(str(name.value)):
            found += _run(source, item, name, folder)
    return tuple(found)


def _is_own(name: str) -> bool:
    """Return whether `name` is an importer of Rasa's own, with or without its module."""
    is_rasa = "." not in name or name.startswith("rasa.")
    return is_rasa and name.rpartition(".")[2] in OWN_IMPORTERS


def _run(source: Source, item: Node, name: Node, folder: Path) -> list[Path]:
    settings = {key: value.plain() for key, value in item.items() if key != "name"}
    try:
        with _importable(folder):
            files = _load(str(name.value))(folder, **settings).files()
            return [folder / path for path in files]
    except Exception as error:  # noqa: BLE001 - the project's own code; its author is told
        hint = f"it needs a method `files()`, see bot/formats/importers.py ({error})"
        source.warn(name, f"the importer `{name.plain()}` is not run", hint)
        return []


def _load(dotted: str) -> Any:
    module, _, attribute = dotted.rpartition(".")
    if not module:
        raise ImportError(f"known are {', '.join(OWN_IMPORTERS)} and `module.Class`")
    return getattr(importlib.import_module(module), attribute)


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let modules of the project be imported."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
