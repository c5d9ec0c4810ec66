"""The trained package: a folder with a manifest and checksummed files. No pickle, no archive.

```
<models>/<fingerprint>/manifest.json      version, fingerprint, settings, sha256 of every other file
                       domain.json  understanding/  knowledge/  dialogue/
```
A package appears under its name only when it is complete (a finished folder is renamed): a crash
while training leaves nothing half-written.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import __version__
from bot.errors import ModelError

FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a package says of itself."""

    fingerprint: str
    assistant_id: str
    language: str
    knowledge_threshold: float
    details: Mapping[str, Any]


def package_folder(models: Path, fingerprint: str) -> Path:
    """Return where the package of `fingerprint` lies or will lie."""
    return models / f"{fingerprint[:16]}-{FORMAT}"


def write(models: Path, manifest: Manifest, fill: Callable[[Path], None]) -> Path:
    """Return the new package's folder after `fill(folder)` wrote its files."""
    models.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".training-", dir=models))
    try:
        fill(draft)
        head = {"format": FORMAT, "made_by": __version__, "files": _checksums(draft)}
        body = head | {
            "fingerprint": manifest.fingerprint,
            "assistant_id": manifest.assistant_id,
            "language": manifest.language,
            "knowledge_threshold": manifest.knowledge_threshold,
            "details": dict(manifest.details),
        }
        (draft / MANIFEST).write_text(json.dumps(body, indent=1, ensure_ascii=False), "utf-8")
        target = package_folder(models, manifest.fingerprint)
        if target.exists():
            shutil.rmtree(target)
        os.replace(draft, target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return target


def read(folder: Path) -> Manifest:
    """Return the manifest of a package whose files are as they were written.

    Raises:
        ModelError: there is none, it is of another version, or a file was changed.
    """
    try:
        data = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} holds no trained bot; run `frontdesk train`") from error
    if data.get("format") != FORMAT:
        raise ModelError(f"{folder} was made by another version; run `frontdesk train`")
    changed = [name for name, sha in data["files"].items() if _sha256(folder / name) != sha]
    if changed:
        raise ModelError(
            f"{folder / changed[0]} was changed or lost; run `frontdesk train --force`"
        )
    return Manifest(
        fingerprint=data["fingerprint"],
        assistant_id=data["assistant_id"],
        language=data["language"],
        knowledge_threshold=data["knowledge_threshold"],
        details=data["details"],
    )


def _checksums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
