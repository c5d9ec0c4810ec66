"""A trained model as a folder: `model.json`, `card.md`, and what the model itself wrote.

`model.json` names every file with its sha256. A folder of another program, of another version or
with a changed file is refused before anything of it is used. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from bot import __version__
from bot.errors import ModelError
from bot.ngc.archive import read_json, write_json
from bot.ngc.tasks import registry
from bot.ngc.tasks.card import card
from bot.ngc.tasks.model import TaskModel, TaskName
from bot.ngc.tasks.sample import OUT_OF_SCOPE, Prediction, Sample

FORMAT_VERSION: Final = 1
PROGRAM: Final = "frontdesk-ngc"
FILE: Final = "model.json"
CARD: Final = "card.md"
_CONTENTS: Final = "contents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model of a task with what is known about it."""

    task: TaskName
    model: TaskModel
    threshold: float = 0.0
    """Answers that are less sure are `OUT_OF_SCOPE`, whatever the model itself says."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the card tells: preset, seed, data, scores."""

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """Return one prediction per sample."""
        found = self.model.predict(samples)
        if not self.threshold:
            return found
        return [
            replace(one, label=OUT_OF_SCOPE)
            if one.ranking and one.confidence < self.threshold
            else one
            for one in found
        ]


def save(trained: Trained, folder: Path) -> int:
    """Write `trained` and its card to `folder`, in place of an earlier model; return the bytes.

    Raises:
        ModelError: the folder holds something else.
    """
    check_free(folder)
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / _CONTENTS).mkdir(parents=True)
    trained.model.save(fresh / _CONTENTS)
    files = _files(fresh / _CONTENTS)
    facts = {**trained.facts, "model_bytes": size_bytes(fresh / _CONTENTS)}
    (fresh / CARD).write_text(card(facts), encoding="utf-8")
    contents = {
        "program": PROGRAM,
        "format": FORMAT_VERSION,
        "version": __version__,
        "task": trained.task,
        "kind": trained.model.kind,
        "threshold": trained.threshold,
        "facts": facts,
        "files": {name: digest(fresh / _CONTENTS / name) for name in files},
    }
    write_json(fresh / FILE, contents)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return size_bytes(folder)


def check_free(folder: Path) -> None:
    """Return if a model may be written to `folder`: it is new, empty or holds a model.

    Raises:
        ModelError: it holds something else, or is a file.
    """
    if not folder.exists() or (folder / FILE).is_file():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise ModelError(f"{folder} holds something else; name a new folder for the model")


def load(folder: Path) -> Trained:
    """Return the model in `folder`.

    Raises:
        ModelError: the folder holds no model, a foreign or damaged one, or one of another version.
    """
    if not (folder / FILE).is_file():
        raise ModelError(f"{folder} holds no model; train one with `frontdesk ngc train`")
    contents = read_json(folder / FILE)
    if not isinstance(contents, dict) or contents.get("program") != PROGRAM:
        raise ModelError(f"{folder / FILE} was not written by `frontdesk ngc train`")
    if contents.get("format") != FORMAT_VERSION:
        raise ModelError(
            f"{folder} has format {contents.get('format')}, not {FORMAT_VERSION}; train again"
        )
    try:
        _verify(folder / _CONTENTS, contents["files"])
        task, kind = contents["task"], contents["kind"]
        threshold, facts = float(contents["threshold"]), contents["facts"]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ModelError(f"{folder / FILE} is damaged; train again") from error
    if task not in registry.TASKS:
        raise ModelError(f"{folder / FILE} names an unknown task; train again")
    model = registry.load(kind, folder / _CONTENTS)
    return Trained(task=task, model=model, threshold=threshold, facts=facts)


def digest(file: Path) -> str:
    """Return the sha256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def size_bytes(folder: Path) -> int:
    """Return what all files of a folder hold."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _files(folder: Path) -> list[str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return sorted(file.relative_to(folder).as_posix() for file in files)


def _verify(folder: Path, files: Mapping[str, str]) -> None:
    found = _files(folder)
    if missing := sorted(set(files) - set(found)):
        raise ModelError(f"{folder} lacks {', '.join(missing)}; train again")
    if foreign := sorted(set(found) - set(files)):
        raise ModelError(f"{folder} holds files that are not the model's: {', '.join(foreign)}")
    for name, expected in files.items():
        if digest(folder / name) != expected:
            raise ModelError(
                f"{folder / name} was changed or damaged (its sha256 differs); train again"
            )
