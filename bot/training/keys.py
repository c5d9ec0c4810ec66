"""What each part of a package is trained from, as one key: equal keys, equal parts.

A key covers the data, the settings and the code that reads them; places in files are left out, so
that a comment or a moved line trains nothing again.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.util
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import bot
import knowledge
from bot.dialogue.learning import missing_packages
from bot.domain import Domain
from bot.project import ComponentConfig, Place, Project

_BOT, _KNOWLEDGE = Path(bot.__file__).parent, Path(knowledge.__file__).parent
_UNDERSTANDING_CODE = (_BOT / "ngc", _KNOWLEDGE)
_DIALOGUE_CODE = (
    _BOT / "dialogue",
    _BOT / "conversation.py",
    _BOT / "slots.py",
    _BOT / "events.py",
)


def understanding_key(project: Project) -> str:
    """Return the key of all that understanding is trained from."""
    settings, domain = project.settings, project.domain
    # Response selectors read the wording of retrieval responses, and no other.
    answers = {name: item for name, item in domain.responses.items() if "/" in name}
    return digest(
        code(_UNDERSTANDING_CODE),
        custom_code(settings.pipeline, project.folder),
        settings.language,
        settings.pipeline,
        project.understanding,
        domain.intents,
        domain.entities,
        answers,
    )


def dialogue_key(project: Project, augmentation: int) -> str:
    """Return the key of all that the policies are trained from; wordings of responses are not.

    What training lacks to learn policies is part of it: once torch is there, they are learned.
    """
    settings, domain = project.settings, project.domain
    return digest(
        code(_DIALOGUE_CODE),
        custom_code(settings.policies, project.folder),
        settings.policies,
        # A policy that reads texts uses the tokenizer and features of the language.
        settings.language,
        project.stories,
        augmentation,
        missing_packages(),
        _without_wordings(domain),
    )


def digest(*values: Any) -> str:
    """Return the sha256 of `values`, the same in every process."""
    text = json.dumps([_plain(value) for value in values], ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@functools.cache
def code(places: Iterable[Path]) -> str:
    """Return the sha256 over the Python files at `places`: new code trains anew."""
    found = (path for place in places for path in (sorted(place.rglob("*.py")) or [place]))
    hasher = hashlib.sha256()
    for path in found:
        hasher.update(path.name.encode() + b"\0" + path.read_bytes())
    return hasher.hexdigest()


def custom_code(configs: Sequence[ComponentConfig], folder: Path) -> dict[str, str]:
    """Return the sha256 of the files that hold a project's own classes, by dotted name."""
    found: dict[str, str] = {}
    for config in configs:
        module = config.name.rpartition(".")[0]
        if not module:
            continue
        path = (folder / Path(*module.split("."))).with_suffix(".py")
        if not path.is_file():
            spec = importlib.util.find_spec(module.partition(".")[0])
            path = Path(spec.origin) if spec and spec.origin else path
        found[config.name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return found


def _without_wordings(domain: Domain) -> Mapping[str, Any]:
    fields = {item.name: getattr(domain, item.name) for item in dataclasses.fields(domain)}
    del fields["raw"]
    return fields | {"responses": list(domain.responses), "session": None}


def _plain(value: Any) -> Any:
    """Return `value` as JSON values, in order, without places."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (item.name for item in dataclasses.fields(value))
        given = ((name, getattr(value, name)) for name in names)
        return [
            type(value).__name__,
            *((name, _plain(item)) for name, item in given if not isinstance(item, Place)),
        ]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value
