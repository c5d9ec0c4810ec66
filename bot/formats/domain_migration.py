"""Domains of Rasa 2 with the slot mappings of Rasa 3; comments and order are kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from bot.errors import BotError, ConfigErrors
from bot.formats.roundtrip import load, save
from bot.formats.story_writer import VERSION
from bot.yamlsource import Report, read_file

_SUFFIXES = (".yml", ".yaml")
_ONLY_WHEN_ASKED = ("from_text", "from_intent")
"""Mappings that in Rasa 2 filled only the slot that the form was asking for."""
_UNFEATURIZED = "unfeaturized"
BACKUP_PREFIX = "original_"


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    document: CommentedMap


def migrate(domain: Path, out: Path | None = None) -> list[Path]:
    """Convert the domain at `domain`, a file or a folder, and return what was written.

    Args:
        domain: What to convert.
        out: A file (or for a folder, a folder) to write. None writes in place and keeps a copy
            whose name starts with `original_`.

    Raises:
        ConfigErrors: a file is no YAML.
        BotError: the domain has the form of Rasa 3 already, or the copy exists.
    """
    files = [_File(path, load(path)) for path in _checked(domain)]
    if not any(_is_old(file.document) for file in files):
        raise BotError(f"{domain} has the slot mappings of Rasa 3 already; nothing was written")
    forms = _forms(files)
    entities = {name for file in files for name in _names(file.document.get("entities"))}
    for file in files:
        _migrate_slots(file.document, forms, entities)
        _migrate_forms(file.document)
        file.document["version"] = DoubleQuotedScalarString(VERSION)
    if out is None:
        _keep(domain)
    return [_save(file, domain, out) for file in files]


def _checked(domain: Path) -> list[Path]:
    """Return the files of the domain.

    Raises:
        ConfigErrors: a file cannot be read.
    """
    report = Report()
    paths = [domain]
    if domain.is_dir():
        paths = sorted(path for path in domain.rglob("*") if path.suffix in _SUFFIXES)
    for path in paths:
        source = read_file(path, str(path), report)
        if source is not None and not isinstance(source.root.value, dict):
            source.error(source.root, "a domain must be a mapping", "write `slots:` and the like")
    if report.errors:
        raise ConfigErrors(report.errors)
    return paths


def _is_old(document: Mapping[str, Any]) -> bool:
    slots = document.get("slots") or {}
    lacks_mappings = any("mappings" not in (slot or {}) for slot in slots.values())
    return lacks_mappings or any(True for _ in _old_forms(document))


def _old_forms(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the forms that hold mappings, each with slot → mappings."""
    for name, form in (document.get("forms") or {}).items():
        if not isinstance(form, Mapping):
            continue
        required = form.get("required_slots", None if "ignored_intents" in form else form)
        if isinstance(required, Mapping):
            yield name, required


def _forms(files: list[_File]) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """Return slot → (form, mapping) of all old forms."""
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for file in files:
        for form, required in _old_forms(file.document):
            for slot, mappings in required.items():
                items = mappings if isinstance(mappings, list) else [mappings]
                found.setdefault(slot, []).extend((form, item) for item in items if item)
    return found


def _names(entries: Any) -> Iterator[str]:
    for entry in entries or ():
        yield next(iter(entry)) if isinstance(entry, Mapping) else entry


def _migrate_slots(
    document: CommentedMap,
    forms: Mapping[str, list[tuple[str, Mapping[str, Any]]]],
    entities: set[str],
) -> None:
    for name, slot in (document.get("slots") or {}).items():
        if slot.get("type") == _UNFEATURIZED:
            slot["type"] = "any"
            slot["influence_conversation"] = False
        fills_itself = slot.pop("auto_fill", True) is not False and name in entities
        if "mappings" in slot:
            continue
        mappings: list[CommentedMap] = []
        for form, mapping in forms.get(name, ()):
            _add(mappings, mapping, form, name)
        if fills_itself:
            mappings.append(CommentedMap(type="from_entity", entity=name))
        slot["mappings"] = CommentedSeq(mappings or [CommentedMap(type="custom")])


def _add(mappings: list[CommentedMap], mapping: Mapping[str, Any], form: str, slot: str) -> None:
    """Add a form's mapping; the same mapping of another form only adds a condition."""
    condition = CommentedMap(active_loop=form)
    if mapping.get("type") in _ONLY_WHEN_ASKED:
        condition["requested_slot"] = slot
    for known in mappings:
        bare = {key: value for key, value in known.items() if key != "conditions"}
        if bare == dict(mapping):
            if "conditions" in known:
                known["conditions"].append(condition)
            return
    added = CommentedMap(mapping.items())
    added["conditions"] = CommentedSeq([condition])
    mappings.append(added)


def _migrate_forms(document: CommentedMap) -> None:
    for name, required in list(_old_forms(document)):
        form = document["forms"][name]
        slots = CommentedSeq(required)
        if "required_slots" in form:
            form["required_slots"] = slots
        else:
            document["forms"][name] = CommentedMap(required_slots=slots)


def _keep(domain: Path) -> None:
    """Copy the domain to a name beside it.

    Raises:
        BotError: the copy exists.
    """
    copy = domain.with_name(BACKUP_PREFIX + domain.name)
    if copy.exists():
        raise BotError(f"{copy} exists; move it away, it may be your only copy")
    if domain.is_dir():
        shutil.copytree(domain, copy)
    else:
        shutil.copy(domain, copy)


def _save(file: _File, domain: Path, out: Path | None) -> Path:
    target = file.path
    if out is not None:
        target = out / file.path.relative_to(domain) if domain.is_dir() else out
    target.parent.mkdir(parents=True, exist_ok=True)
    save(file.document, target, like=file.path)
    return target
