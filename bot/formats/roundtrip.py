"""YAML files that are changed and written back with their comments and their order."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def load(path: Path) -> Any:
    """Return the document in `path`; what it holds may be changed in place."""
    return _yaml().load(path.read_text("utf-8-sig"))


def save(document: Any, path: Path) -> None:
    """Write `document` to `path`; whoever reads meanwhile sees the old file or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=path.suffix)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        _yaml().dump(document, file)
    if path.exists():
        os.chmod(name, path.stat().st_mode)
    os.replace(name, path)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 2**16  # lines stay as long as their author made them
    yaml.representer.add_representer(
        type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    return yaml
