"""The trained package: one `.tar.gz` with a manifest and checksummed files. No pickle.

```
<models>/<time>-<fingerprint>.tar.gz      `nlu-` or `core-` before it when only a part was trained
    manifest.json                         format, fingerprint, settings, sha256 of every other file
    domain.json  understanding/  dialogue/
```
A package appears under its name only when it is complete (a finished file is renamed): a crash
while training leaves nothing half-written. The manifest comes first, so that reading it is cheap.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from bot import __version__
from bot.errors import ModelError

FORMAT = 2
MANIFEST = "manifest.json"
SUFFIX = ".tar.gz"
_COMPRESSION = 1
"""Weights hardly shrink; a higher level costs seconds for a percent."""
_UNREADABLE = (OSError, tarfile.TarError, EOFError, ValueError, KeyError, TypeError)

Scope = Literal["all", "nlu", "core"]
"""What was trained: both, only understanding, or only dialogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a package says of itself."""

    fingerprint: str
    assistant_id: str
    language: str
    knowledge_threshold: float
    details: Mapping[str, Any]
    offers_person: bool = False
    """Whether an angry customer is offered a person."""
    scope: Scope = "all"
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    """Part → the key of what it was trained from."""


def write(
    models: Path, manifest: Manifest, fill: Callable[[Path], None], *, name: str | None = None
) -> Path:
    """Return the new package in `models` after `fill(folder)` wrote its files.

    Args:
        models: A folder, made if need be.
        manifest: What the package says of itself.
        fill: Writes the files.
        name: Another name than the time and the fingerprint, with or without `.tar.gz`.
    """
    models.mkdir(parents=True, exist_ok=True)
    target = models / _file_name(manifest, name)
    with tempfile.TemporaryDirectory(prefix="frontdesk-") as scratch:
        fill(Path(scratch))
        _pack(Path(scratch), manifest, target)
    return target


def latest(place: Path) -> Path | None:
    """Return the package at `place`: the file itself, or the newest of ours in a folder."""
    if place.is_file():
        return place
    return next(packages(place), None)


def packages(folder: Path) -> Iterator[Path]:
    """Iterate over our packages in `folder`, newest first; others, such as Rasa's, are skipped."""
    found = [(path.stat().st_mtime_ns, path.name, path) for path in folder.glob(f"*{SUFFIX}")]
    for _, _, path in sorted(found, reverse=True):
        try:
            peek(path)
        except ModelError:
            continue
        yield path


def peek(package: Path) -> Manifest:
    """Return the manifest of a package without unpacking or checking its files.

    Raises:
        ModelError: this is no package of ours, or one of another version.
    """
    try:
        with tarfile.open(package, "r:gz") as archive:
            first = archive.next()
            content = archive.extractfile(first) if first and first.name == MANIFEST else None
            data = json.loads(content.read()) if content else None
    except _UNREADABLE as error:
        raise _no_package(package) from error
    if data is None:
        raise _no_package(package)
    return _manifest(data, package)


@contextmanager
def opened(place: Path) -> Iterator[tuple[Path, Manifest]]:
    """Give a folder with the verified files of the package at `place`, and its manifest.

    The folder is gone afterwards: whoever loads from it reads everything at once.

    Args:
        place: A package, or a folder whose newest package is meant.

    Raises:
        ModelError: there is none, it is of another version, or a file was changed.
    """
    package = latest(place)
    if package is None:
        raise ModelError(f"{place} holds no trained bot; run `frontdesk train`")
    peek(package)
    with tempfile.TemporaryDirectory(prefix="frontdesk-") as scratch:
        folder = Path(scratch)
        try:
            with tarfile.open(package, "r:gz") as archive:
                archive.extractall(folder, filter="data")
            data = json.loads((folder / MANIFEST).read_text("utf-8"))
        except _UNREADABLE as error:
            raise _no_package(package) from error
        manifest = _manifest(data, package)
        _verify(folder, data["files"], package)
        yield folder, manifest


def _file_name(manifest: Manifest, name: str | None) -> str:
    prefix = "" if manifest.scope == "all" else f"{manifest.scope}-"
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    stem = name.removesuffix(SUFFIX) if name else f"{prefix}{now}-{manifest.fingerprint[:8]}"
    return stem + SUFFIX


def _pack(folder: Path, manifest: Manifest, target: Path) -> None:
    """Write the files of `folder` to `target` at once."""
    body = {
        "format": FORMAT,
        "made_by": __version__,
        "scope": manifest.scope,
        "fingerprint": manifest.fingerprint,
        "parts": dict(manifest.parts),
        "assistant_id": manifest.assistant_id,
        "language": manifest.language,
        "knowledge_threshold": manifest.knowledge_threshold,
        "offers_person": manifest.offers_person,
        "details": dict(manifest.details),
        "files": checksums(folder),
    }
    head = json.dumps(body, indent=1, ensure_ascii=False).encode()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with tarfile.open(draft, "w:gz", compresslevel=_COMPRESSION) as archive:
            info = tarfile.TarInfo(MANIFEST)
            info.size = len(head)
            archive.addfile(info, io.BytesIO(head))
            for name in body["files"]:
                archive.add(folder / name, name)
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def _manifest(data: Mapping[str, Any], package: Path) -> Manifest:
    """Return what a manifest says.

    Raises:
        ModelError: it is of another version.
    """
    if data.get("format") != FORMAT:
        raise ModelError(f"{package} was made by another version; run `frontdesk train`")
    names = ("fingerprint", "assistant_id", "language", "knowledge_threshold", "details")
    try:
        values = {name: data[name] for name in (*names, "scope", "parts")}
    except KeyError as error:
        raise _no_package(package) from error
    return Manifest(**values, offers_person=bool(data.get("offers_person")))


def _no_package(package: Path) -> ModelError:
    return ModelError(f"{package} is no trained bot of Frontdesk; run `frontdesk train`")


def _verify(folder: Path, files: Mapping[str, str], package: Path) -> None:
    changed = {name for name, sha in checksums(folder).items() if files.get(name, sha) != sha}
    changed |= {name for name in files if not (folder / name).is_file()}
    if changed:
        name = min(changed)
        raise ModelError(f"{name} in {package} was changed or lost; run `frontdesk train --force`")


def checksums(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file below `folder` but the manifest, by its path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: _sha256(path) for name, path in named.items() if name != MANIFEST}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
