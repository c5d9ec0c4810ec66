"""A whole project: finds its files in our layout or Rasa's, reads them and tells all mistakes."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.domain import Domain
from bot.errors import ConfigErrors
from bot.formats import validate
from bot.formats.config import ConfigFile, read_config, with_own_steps
from bot.formats.credentials import read_credentials
from bot.formats.domain import DOMAIN_KEYS, is_domain, read_domain
from bot.formats.endpoints import read_endpoints
from bot.formats.importers import CONFIGS, imported_files, imported_projects
from bot.formats.json_data import joined, other_files, read_other
from bot.formats.line_files import line_files, with_line_files
from bot.formats.nlu import read_nlu
from bot.formats.stories import read_stories
from bot.project import Example, Place, Project, Story
from bot.yamlsource import Node, Report, Source, did_you_mean, read_file

_SUFFIXES = (".yml", ".yaml")
_DATA_KEYS = ("nlu", "stories", "rules")
_KNOWN_DATA_KEYS = (*_DATA_KEYS, *DOMAIN_KEYS, "version", "config")
_NEWEST_FORMAT = (3, 1)
_VERSION = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?")
_OTHER_FILES = ("endpoints", "credentials", "config")
"""Stems of files beside the training data that are read elsewhere."""
_DOMAINS = (
    "domain.yml",
    "domain.yaml",
    "domain",
    "training_data/domain.yml",
    "training_data/domain",
)
_OWN_DATA = "training_data"
_DATA = ("data", _OWN_DATA)
_TESTS = ("tests",)
_Paths = Path | str | Sequence[Path | str] | None
_Value = TypeVar("_Value")


@dataclass(slots=True)
class _Reader:
    """Reads each file of a project at most once."""

    folder: Path
    report: Report
    contents: dict[Path, Source | None] = field(default_factory=dict[Path, Source | None])

    def name(self, path: Path) -> str:
        """Return how messages call `path`."""
        return (
            path.relative_to(self.folder).as_posix()
            if path.is_relative_to(self.folder)
            else str(path)
        )

    def read(self, path: Path, report: Report | None = None) -> Source | None:
        """Return the nodes of `path`, or None when it cannot be read."""
        if path not in self.contents:
            self.contents[path] = read_file(path, self.name(path), report or self.report)
        return self.contents[path]


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a project, by what they are."""

    config: Path | None
    domain: tuple[Path, ...]
    data: tuple[Path, ...]
    tests: tuple[Path, ...]
    other: tuple[Path, ...]
    """Files of training data that are no YAML."""
    lines: tuple[Path, ...]
    """Files of sentiment and relations, one example per line."""


def load_project(
    folder: Path | str,
    *,
    config: Path | str | None = None,
    domain: _Paths = None,
    data: _Paths = None,
    is_training: bool = False,
) -> Project:
    """Return the project in `folder`, after checking all of it.

    Args:
        folder: The project; every other path is relative to it.
        config: The configuration; `config.yml` by default.
        domain: A file or folder, or several; found in the usual places by default.
        data: Files or folders of training data; found in the usual places by default.
        is_training: Endpoints and channels are not needed: a mistake in their files is a warning,
            so that a model can be trained where no secret is known.

    Raises:
        ConfigErrors: all mistakes of all files at once.
    """
    project, report = read_project(
        folder, config=config, domain=domain, data=data, is_training=is_training
    )
    if report.errors:
        raise ConfigErrors(report.errors)
    return project


def read_project(
    folder: Path | str,
    *,
    config: Path | str | None = None,
    domain: _Paths = None,
    data: _Paths = None,
    is_training: bool = False,
    needs_domain: bool = True,
) -> tuple[Project, Report]:
    """Return what can be read of the project in `folder`, with all mistakes; see `load_project`.

    Without `needs_domain`, as for understanding alone, a missing domain is no mistake.
    """
    root = Path(folder).absolute()
    # A project in our own layout has no past with Rasa: it is held to more.
    is_ours = data is None and (root / _OWN_DATA).is_dir() and not (root / "data").exists()
    report = Report(is_strict=is_ours)
    reader = _Reader(root, report)
    settings_file = _read_config(reader, config_path(root, config))
    settings = settings_file.settings
    if is_ours and not settings_file.names_pipeline:
        settings = dataclasses.replace(settings, pipeline=with_own_steps(settings.pipeline))
    files = _find(reader, settings_file, config, domain, data)
    domain_sources = [
        source for path in files.domain if (source := reader.read(path)) and _is_supported(source)
    ]
    data_sources = list(_data_sources(reader, files.data, set(files.domain)))
    draft = read_domain(domain_sources, [source for source, _ in data_sources])
    nlu = read_nlu(data_sources)
    more, more_files = read_other(files.other, reader.name, report)
    understanding = joined(nlu.understanding, more) if more_files else nlu.understanding
    understanding = with_line_files(understanding, files.lines, reader.name, report)
    stories = [story for source, _ in data_sources for story in read_stories(source)]
    project = Project(
        folder=root,
        settings=settings,
        domain=_with_retrieval(draft.finish(), understanding.examples),
        understanding=understanding,
        stories=tuple(stories),
        test_stories=tuple(_test_stories(reader, files.tests)),
        endpoints=_read_beside(reader, "endpoints", read_endpoints, is_training=is_training),
        credentials={
            **settings_file.channels,
            **_read_beside(reader, "credentials", read_credentials, is_training=is_training),
        },
        fingerprint=_fingerprint(reader, files, (*nlu.lookup_files, *more_files, *files.lines)),
    )
    has_domain = bool(domain_sources or any(draft.responses))
    if needs_domain and not has_domain:
        start = Place(path=reader.name(files.domain[0]) if files.domain else "domain.yml", line=1)
        if not any(error.path == start.path for error in report.errors):
            report.error(start, "the project has no domain", "write `domain.yml` with `intents:`")
    errors, warnings = validate.check(
        project,
        draft.places,
        knows_domain=bool(domain_sources or domain is None)
        and (has_domain or needs_domain)
        and not draft.is_broken
        and all(reader.contents.get(path) for path in files.domain),
        is_whole=all(reader.contents.values()),
        is_strict=is_ours,
    )
    report.errors += errors
    report.errors.sort(key=lambda error: (error.path, error.line, error.column))
    report.warnings += [line for line in warnings if line not in report.warnings]
    return dataclasses.replace(project, warnings=tuple(report.warnings)), report


def config_path(root: Path, config: Path | str | None) -> Path | None:
    """Return the file of the configuration; None when there is none in the usual place."""
    if config is not None:
        return root / config
    return next((root / name for name in CONFIGS if (root / name).is_file()), None)


def _read_config(reader: _Reader, path: Path | None) -> ConfigFile:
    """Return the configuration, or an empty one after reporting why."""
    if path is None:
        hint = "write `config.yml`, or pass the path of the configuration"
        reader.report.error(Place(path=CONFIGS[0], line=1), "the file does not exist", hint)
    source = reader.read(path) if path else None
    if source is None:
        # The defaults need no file; their warnings would be about a file that is not there.
        source = Source(CONFIGS[0], "", Node(None, 1, 1), Report())
    return read_config(source)


def _find(
    reader: _Reader,
    config_file: ConfigFile,
    config: Path | str | None,
    domain: _Paths,
    data: _Paths,
) -> _Files:
    """Return the files of the project."""
    root = reader.folder
    domain_roots = _given(root, domain) or _first(root, _DOMAINS)
    data_roots = _given(root, data) or _first(root, _DATA)
    imported = imported_projects(root, config_file.imports)
    added = _added_files(reader, config_path(root, config))
    for path in (*_given(root, domain), *_given(root, data), *imported, *added):
        if not path.exists():
            place = Place(path=reader.name(path), line=1)
            reader.report.error(place, "the path does not exist", "check the spelling")
    domain_files = [
        path
        for top in (*domain_roots, *imported, *added)
        for path in yaml_files(top)
        if (path == top and path not in added)
        or _is_domain_file(reader, path, is_imported=top in imported or top in added)
    ]
    data_files = [path for top in (*data_roots, *imported, *added) for path in yaml_files(top)]
    # Beside `training_data/`, a folder `tests/` holds programs, not stories.
    beside = _TESTS if root / "training_data" not in data_roots else ()
    test_files = [path for name in beside for path in yaml_files(root / name)]
    tests = [path for path in (*test_files, *data_files) if _is_test_file(path)]
    return _Files(
        config=config_path(root, config),
        domain=_unique(domain_files),
        data=_unique(path for path in data_files if path not in tests),
        tests=_unique(tests),
        other=_unique(other_files((*data_roots, *imported))),
        lines=_unique(line_files((*data_roots, *imported))),
    )


def _added_files(reader: _Reader, path: Path | None) -> tuple[Path, ...]:
    """Return the files that importer classes add."""
    source = reader.contents.get(path) if path else None
    return imported_files(source, reader.folder) if source else ()


def _given(root: Path, paths: _Paths) -> list[Path]:
    """Return the paths that the caller named."""
    if paths is None:
        return []
    return [root / item for item in ([paths] if isinstance(paths, str | Path) else paths)]


def _first(root: Path, names: Sequence[str]) -> list[Path]:
    """Return the first of the usual places that exists."""
    return [root / name for name in names if (root / name).exists()][:1]


def _unique(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return `paths` without repetitions, in order."""
    return tuple(dict.fromkeys(paths))


def yaml_files(top: Path) -> Iterator[Path]:
    """Iterate over the YAML files of a folder in a stable order, or over the file `top` itself."""
    if not top.is_dir():
        if top.exists():
            yield top
        return
    for folder, folders, names in os.walk(top, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(_SUFFIXES) and not name.startswith("."):
                yield Path(folder, name)


def _is_test_file(path: Path) -> bool:
    """Return whether the name of `path` says that it holds test stories."""
    return path.name.startswith("test_")


def _is_domain_file(reader: _Reader, path: Path, *, is_imported: bool) -> bool:
    """Return whether a file below a folder belongs to the domain; unreadable ones count."""
    if path.stem in _OTHER_FILES:
        return False
    source = reader.read(path)
    if is_imported and source is not None and any(source.root.get(key) for key in _DATA_KEYS):
        return False
    return source is None or is_domain(source.root)


def _data_sources(
    reader: _Reader, paths: Sequence[Path], domain: set[Path]
) -> Iterator[tuple[Source, Path]]:
    """Iterate over the readable files of training data, each with its folder."""
    for path in paths:
        if path.stem in _OTHER_FILES:
            continue
        source = reader.read(path)
        if source is None or not isinstance(source.root.value, dict):
            continue
        has_data = any(key in source.root.value for key in _DATA_KEYS)
        is_own = path in domain
        if not (has_data or (not is_own and "responses" in source.root.value)):
            continue
        # A domain file is checked and its responses are read as such already.
        if not is_own:
            _warn_unknown(source)
        if is_own or _is_supported(source):
            yield (_without_responses(source) if is_own else source), path.parent


def _without_responses(source: Source) -> Source:
    """Return `source` without the `responses:` that were read with the domain."""
    children = {key: node for key, node in source.root.items() if key != "responses"}
    return dataclasses.replace(source, root=dataclasses.replace(source.root, value=children))


def _warn_unknown(source: Source) -> None:
    """Warn about top-level keys that nobody reads."""
    for key, _ in source.root.items():
        if key not in _KNOWN_DATA_KEYS:
            hint = did_you_mean(key, _KNOWN_DATA_KEYS)
            source.warn(source.root.key(key), f"the key `{key}` has no effect", hint)


def _is_supported(source: Source) -> bool:
    """Return whether the format version of a file can be read; too new ones are skipped."""
    node = source.root.get("version")
    if node is None or node.value is None:
        return True
    newest = ".".join(map(str, _NEWEST_FORMAT))
    if not isinstance(node.value, str):
        hint = f'write `version: "{newest}"`'
        source.error(node, f"`version` must be a text, found `{node.plain()}`", hint)
        return True
    match = _VERSION.fullmatch(node.value.strip())
    if match is None:
        hint = f'write `version: "{newest}"`'
        source.warn(node, f"`{node.value}` is no version of the format", hint)
        return True
    if tuple(int(part or 0) for part in match.groups()) <= (*_NEWEST_FORMAT, 0):
        return True
    problem = f"the format version {node.value} is newer than {newest}: the file is skipped"
    source.warn(node, problem, f'write `version: "{newest}"` if it fits')
    return False


def _test_stories(reader: _Reader, paths: Sequence[Path]) -> Iterator[Story]:
    """Iterate over the test stories; their mistakes only warn, for training needs none of them."""
    for path in paths:
        report = Report()
        source = reader.contents.get(path)
        if source is None:
            source = read_file(path, reader.name(path), report)
        if source is not None:
            yield from read_stories(dataclasses.replace(source, report=report), is_test=True)
        reader.report.warnings += [*map(str, report.errors), *report.warnings]


def _read_beside(
    reader: _Reader,
    stem: str,
    read: Callable[[Source], Mapping[str, _Value]],
    *,
    is_training: bool,
) -> Mapping[str, _Value]:
    """Return what `endpoints.yml` or `credentials.yml` says; training needs neither."""
    names = [f"{top}{stem}{suffix}" for top in ("", "training_data/") for suffix in _SUFFIXES]
    path = next((reader.folder / name for name in names if (reader.folder / name).is_file()), None)
    report = Report()
    source = read_file(path, reader.name(path), report) if path else None
    found = read(source) if source else {}
    if is_training:
        reader.report.warnings += map(str, report.errors)
    else:
        reader.report.errors += report.errors
    reader.report.warnings += report.warnings
    return found


def _with_retrieval(domain: Domain, examples: Sequence[Example]) -> Domain:
    """Return `domain` with those intents marked that have examples such as `faq/price`."""
    bases = {
        example.intent.split("/")[0]
        for example in examples
        if example.intent and "/" in example.intent
    }
    intents = {
        name: dataclasses.replace(intent, is_retrieval=True) if name in bases else intent
        for name, intent in domain.intents.items()
    }
    return dataclasses.replace(domain, intents=intents)


def _fingerprint(reader: _Reader, files: _Files, further: Sequence[Path]) -> str:
    """Return the sha256 over the names and contents of all files that training reads."""
    digest = hashlib.sha256()
    config = (files.config,) if files.config else ()
    for path in _unique((*config, *files.domain, *files.data, *further)):
        content = path.read_bytes() if path.is_file() else b""
        name = reader.name(path).encode()
        digest.update(b"%d %s %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()
