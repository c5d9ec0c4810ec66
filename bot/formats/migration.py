"""What a Rasa project will do differently here: one finding a line, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.formats import migration_notes as notes
from bot.formats.migration_notes import Kind, Text
from bot.formats.project import read_project
from bot.yamlsource import Node, Report, Source, read_file

_IMPORT = re.compile(r"^\s*(?:from|import)\s+rasa(?:\.|\s|$)")
_PLACED = re.compile(r"(?P<path>[^:\n]+):(?P<line>\d+):(?P<column>\d+): (?P<text>.*)", re.DOTALL)
_SKIPPED = frozenset({"venv", "env", "node_modules", "site-packages", "__pycache__", "results"})
_FOLDERS = ("", "training_data/")
_SUFFIXES = (".yml", ".yaml")
_OWN_IMPORTERS = ("RasaFileImporter", "MultiProjectImporter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know, in every language of `notes`."""

    kind: Kind
    path: str
    line: int
    subject: str
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """All findings about a project."""

    findings: tuple[Finding, ...]
    mistakes: tuple[str, ...] = field(default=())
    """What stops the project from loading, with the places."""

    @property
    def verdict(self) -> str:
        """Return `blocked`, `check` or `ready`."""
        if self.mistakes:
            return "blocked"
        return "check" if self.open_count else "ready"

    @property
    def open_count(self) -> int:
        """Return how many findings ask for something to be done."""
        return sum(finding.kind in ("missing", "look") for finding in self.findings)


def examine(folder: Path, *, has_channel: Callable[[str], bool]) -> Migration:
    """Return what is to be known before the project in `folder` moves here.

    Args:
        folder: The project.
        has_channel: Tells whether there is a channel of that name.
    """
    found = [
        *_config(folder),
        *_domain(folder),
        *_endpoints(folder),
        *_credentials(folder, has_channel),
        *_code(folder),
        *_files(folder),
    ]
    _, report = read_project(folder, is_training=True)
    told = {(finding.path, finding.line) for finding in found}
    found += [item for item in _warnings(report) if (item.path, item.line) not in told]
    return Migration(
        findings=tuple(sorted(found, key=lambda item: (item.path, item.line))),
        mistakes=tuple(map(str, report.errors)),
    )


def _source(folder: Path, stem: str) -> Source | None:
    """Return the file called `stem`; a missing or unreadable one is reported elsewhere."""
    names = (f"{top}{stem}{suffix}" for top in _FOLDERS for suffix in _SUFFIXES)
    name = next((name for name in names if (folder / name).is_file()), None)
    return read_file(folder / name, name, Report()) if name else None


def _finding(source: Source, node: Node, kind: Kind, subject: str, text: Text) -> Finding:
    return Finding(kind=kind, path=source.path, line=node.line, subject=subject, text=text)


def _config(folder: Path) -> Iterator[Finding]:
    """Iterate over what `config.yml` names."""
    source = _source(folder, "config")
    if source is None:
        return
    root = source.root
    recipe = root.get("recipe")
    if recipe is not None and recipe.value not in (None, "default.v1"):
        yield _finding(source, recipe, "missing", str(recipe.plain()), notes.RECIPE)
    for key, known in (("pipeline", notes.COMPONENTS), ("policies", notes.POLICIES)):
        block = root.get(key)
        if block is None or block.value is None:
            yield _finding(source, root.key(key), "differs", key, notes.AUTO_CONFIG)
        for item in block.list() if block else ():
            yield from _component(source, item, known)
    importers = root.get("importers")
    for item in importers.list() if importers else ():
        name = item.get("name")
        if name is not None and name.value not in _OWN_IMPORTERS:
            yield _finding(source, name, "look", str(name.value), notes.IMPORTER)


def _component(
    source: Source, item: Node, known: Mapping[str, tuple[Kind, Text]]
) -> Iterator[Finding]:
    """Yield what takes the role of one component or policy."""
    node = item if isinstance(item.value, str) else item.get("name")
    if node is None or not isinstance(node.value, str):
        return
    name = node.value
    short = name.rpartition(".")[2] if name.startswith("rasa.") else name
    if short in known:
        kind, text = known[short]
        yield _finding(source, node, kind, short, text)
    elif "." in name:
        yield _finding(source, node, "look", name, notes.CUSTOM_CLASS)


def _domain(folder: Path) -> Iterator[Finding]:
    """Iterate over slots that deserve a word, in every file of the domain."""
    tops = [folder / f"{top}domain" for top in _FOLDERS]
    files = [top.with_suffix(suffix) for top in tops for suffix in _SUFFIXES]
    files += [path for top in tops if top.is_dir() for path in sorted(top.rglob("*.y*ml"))]
    for path in files:
        name = path.relative_to(folder).as_posix()
        source = read_file(path, name, Report()) if path.is_file() else None
        slots = source.root.get("slots") if source else None
        if source is not None and slots is not None:
            yield from (item for slot in slots.items() for item in _slot(source, *slot))


def _slot(source: Source, name: Any, node: Node) -> Iterator[Finding]:
    kind, mappings = node.get("type"), node.get("mappings")
    if kind is not None and "." in str(kind.value):
        yield _finding(source, kind, "look", str(name), notes.SLOT_CLASS)
    for item in mappings.list() if mappings else ():
        mapping = item.get("type")
        if mapping and mapping.value == "from_text" and item.get("conditions") is None:
            yield _finding(source, item, "same", str(name), notes.GREEDY_SLOT)


def _endpoints(folder: Path) -> Iterator[Finding]:
    """Iterate over the sections of `endpoints.yml`."""
    source = _source(folder, "endpoints")
    for name, node in source.root.items() if source else ():
        if source is None or not isinstance(node.value, dict):
            continue
        kind_node = node.get("type") or node.get("store_type")
        kind = str(kind_node.value).lower() if kind_node else ""
        place = source.root.key(name)
        if name == "tracker_store":
            known, text = notes.STORES.get(kind, ("missing", notes.STORE_MISSING))
            yield _finding(source, place, known, f"{name} {kind}".strip(), text)
        elif name == "event_broker":
            is_here = kind in ("file", "sql")
            text = notes.BROKER_FILE if is_here else notes.BROKER_MISSING
            yield _finding(source, place, "differs" if is_here else "missing", kind or "pika", text)
        elif name in notes.SECTIONS:
            known, text = notes.SECTIONS[name]
            yield _finding(source, place, known, str(name), text)


def _credentials(folder: Path, has_channel: Callable[[str], bool]) -> Iterator[Finding]:
    """Iterate over the channels of `credentials.yml`."""
    source = _source(folder, "credentials")
    for name, _ in source.root.items() if source else ():
        if source is None:
            return
        kind: Kind = "look"
        text = notes.CHANNEL_CUSTOM
        if "." not in str(name):
            is_here = has_channel(str(name))
            kind = "same" if is_here else "missing"
            text = notes.CHANNEL_HERE if is_here else notes.CHANNEL_MISSING
        yield _finding(source, source.root.key(name), kind, str(name), text)


def _code(folder: Path) -> Iterator[Finding]:
    """Iterate over the lines of Python code that need Rasa itself, and over reminders."""
    for path in _below(folder, ".py"):
        lines = path.read_text("utf-8", errors="replace").splitlines()
        name = path.relative_to(folder).as_posix()
        for number, line in enumerate(lines, 1):
            if _IMPORT.match(line):
                text = notes.RASA_IMPORT
                yield Finding(kind="look", path=name, line=number, subject="rasa", text=text)
            elif "ReminderScheduled(" in line:
                text, subject = notes.REMINDERS, "ReminderScheduled"
                yield Finding(kind="differs", path=name, line=number, subject=subject, text=text)


def _files(folder: Path) -> Iterator[Finding]:
    """Iterate over files that are not read: data in older formats, models of Rasa."""
    data = folder / "data"
    for path in (*_below(data, ".md"), *_below(data, ".json")):
        name = path.relative_to(folder).as_posix()
        yield Finding(kind="look", path=name, line=1, subject=path.suffix, text=notes.OLD_DATA)
    for path in sorted((folder / "models").glob("*.tar.gz")):
        name = path.relative_to(folder).as_posix()
        yield Finding(kind="ignored", path=name, line=1, subject=path.name, text=notes.OLD_MODEL)


def _below(folder: Path, suffix: str) -> Iterator[Path]:
    """Iterate over the files below `folder` that end with `suffix`, but for installed ones."""
    for path in sorted(folder.rglob(f"*{suffix}")):
        parts = path.relative_to(folder).parts
        if not any(part in _SKIPPED or part.startswith(".") for part in parts):
            yield path


def _warnings(report: Report) -> Iterator[Finding]:
    """Iterate over what reading the project says about things without effect."""
    for line in report.warnings:
        match = _PLACED.match(line)
        if match is None or not re.search("no effect|not run|unknown key", match["text"]):
            continue
        yield Finding(
            kind="ignored",
            path=match["path"],
            line=int(match["line"]),
            subject="",
            text=notes.both(match["text"], match["text"]),
        )
